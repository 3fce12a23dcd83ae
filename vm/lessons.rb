# Brings home what a learner wrote in the machine, where the project is a copy there (rsync) and not shared.
#
# The host notes the content of what is the same on both sides. So it knows what has changed since, and on which side,
# whatever the clocks say. What changed inside comes home; where the host's changed as well, it stays as it is, and the
# machine's is put beside it.
require "digest"
require "fileutils"
require "json"
require "shellwords"

module Nslab
  class Lessons
    INSIDE = "/vagrant/notebooks"

    def initialize(machine)
      @machine = machine
      @directory = File.join(machine.env.root_path, "notebooks")
      @note = File.join(machine.data_dir, "nslab-lessons.json")
      known = File.exist?(@note) ? JSON.parse(File.read(@note)) : {}
      @same, @open = known.fetch("same", {}), known.fetch("open", false)
    end

    # When the machine has started: what is the same on both sides, and that there may be work in it from now on.
    def note
      inside.each { |name, digest| @same[name] = digest if digest == outside(name) }
      @open = true
      keep
    end

    # Before it stops.
    def bring_home
      from = "from-#{@machine.name}-#{Time.now.strftime('%Y-%m-%d-%H%M%S')}"
      inside.each do |name, digest|
        next if digest == outside(name) || digest == @same[name]

        outside(name).nil? || outside(name) == @same[name] ? fetch(name, name) : both(name, File.join(from, name))
        @same[name] = outside(name)
        keep
      end
      @open = false
      keep
    end

    # Whether a machine that does not run may have work in it that is nowhere else.
    def open?
      @open
    end

    # After a snapshot was restored: the lessons are what they were before, as in a folder that is shared.
    def send_back
      there = inside
      Dir.glob("**/*", base: @directory).grep_v(/__pycache__/).each do |name|
        replace(name) unless [there[name], nil].include?(outside(name))
      end
    end

    def remove
      FileUtils.rm_f(@note)
    end

    private

    def fetch(name, to)
      path = File.join(@directory, to)
      FileUtils.mkdir_p(File.dirname(path))
      @machine.communicate.download("#{INSIDE}/#{name}", path)
      @machine.ui.info("notebooks/#{to} is copied from the machine to the host")
    end

    def both(name, beside)
      fetch(name, beside)
      @machine.ui.warn("notebooks/#{name} was changed on both sides: it is the host's, and the one above is the machine's")
      replace(name)
    end

    def replace(name)
      @machine.communicate.execute("mkdir -p #{Shellwords.escape(File.dirname("#{INSIDE}/#{name}"))}")
      @machine.communicate.upload(File.join(@directory, name), "#{INSIDE}/#{name}")
    end

    def inside
      said = +""
      find = "find . -type f ! -path '*/.*' ! -path '*/__pycache__/*' -exec sha256sum {} +"
      @machine.communicate.execute("cd #{INSIDE} && #{find}", error_check: false) do |type, text|
        said << text if type == :stdout
      end
      said.lines(chomp: true).filter_map { |line| line.match(%r{\A(\h+) .\./(.+)\z})&.captures&.reverse }.to_h
    end

    def outside(name)
      path = File.join(@directory, name)
      File.file?(path) ? Digest::SHA256.file(path).hexdigest : nil
    end

    def keep
      File.write(@note, JSON.generate("same" => @same, "open" => @open))
    end
  end
end
