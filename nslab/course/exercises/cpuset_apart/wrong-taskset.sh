# not begun: wanted one CPU; found @all@
# Each process, or a child of it, may ask for another CPU at any time.
taskset --pid --cpu-list @cpu@ @server@
taskset --pid --cpu-list @others@ @report@
