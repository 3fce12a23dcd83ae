echo '@write_line@' > @write_file@
