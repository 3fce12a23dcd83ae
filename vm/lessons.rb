# Keeps the lessons where the project is a copy in the machine (rsync) and not shared.
#
# Vagrant copies in only what is not there yet; the rest is done here, by content, whatever the clocks say. The host notes
# what was the same on both sides, and so knows which side has changed since. Where both have, both are kept.
require "digest"
require "fileutils"
require "json"
require "shellwords"

module Nslab
  class Lessons
    INSIDE = "/vagrant/notebooks"
    FIND = "find . -type f ! -path '*/.*' ! -path '*/__pycache__/*' -exec sha256sum --zero {} +"
    NO_LETTER = "\uFFFD"

    def initialize(machine)
      @machine = machine
      @directory = letters(File.join(machine.env.root_path, "notebooks"))
      @note = File.join(machine.data_dir, "nslab-lessons.json")
      known = read
      @same, @open = known.fetch("same", {}), known.fetch("open", false)
    end

    # When the machine has started: from now on there may be work in it.
    def settle
      there, whole = inside
      take_home(there)
      give(there) if whole
      @open = true
      keep
    end

    # Copies what was changed inside to the host. Returns whether all of it is there.
    def bring_home
      there, whole = inside
      take_home(there)
      keep
      whole
    end

    # Copies what is otherwise on the host, or not there, into the machine.
    def send_in
      there, = inside
      give(there)
      keep
    end

    # Whether there may be work in the machine that is nowhere else.
    def open?
      @open
    end

    def close
      @open = false
      keep
    end

    private

    # `there` has the content of each file inside by its name, afterwards, too.
    def take_home(there)
      from = "from-#{@machine.name}-#{Time.now.strftime('%Y-%m-%d-%H%M%S')}"
      there.each do |name, digest|
        here = outside(name)
        unless [here, @same[name]].include?(digest)
          [nil, @same[name]].include?(here) ? fetch(name, name) : both(name, File.join(from, name))
          here = there[name] = outside(name)
        end
        @same[name] = here if here == there[name]
      end
    end

    def give(there)
      Dir.glob("**/*", base: @directory).map { |name| letters(name) }.grep_v(/__pycache__/).each do |name|
        here = outside(name)
        next if here.nil?

        replace(name) if there[name] != here
        @same[name] = here
      end
    end

    def fetch(name, to)
      path = File.join(@directory, to)
      FileUtils.mkdir_p(File.dirname(path))
      @machine.communicate.download("#{INSIDE}/#{name}", path)
      @machine.ui.info("notebooks/#{to} is copied from the machine to the host")
    end

    def both(name, beside)
      fetch(name, beside)
      @machine.ui.warn("notebooks/#{name} was changed on both sides. It is the host's now; the machine's is the one above")
      replace(name)
    end

    def replace(name)
      @machine.communicate.execute("mkdir -p #{Shellwords.escape(File.dirname("#{INSIDE}/#{name}"))}")
      @machine.communicate.upload(File.join(@directory, name), "#{INSIDE}/#{name}")
    end

    # The content of each file by its name, and whether all could be read.
    def inside
      said, why = +"", +""
      status = @machine.communicate.execute("cd #{INSIDE} && #{FIND}", error_check: false) do |type, text|
        (type == :stdout ? said : why) << text
      end
      # What comes through ssh has no encoding, and names may have any letter.
      said, why = [said, why].map { |bytes| bytes.force_encoding(Encoding::UTF_8).scrub(NO_LETTER) }
      there = said.split("\0").filter_map { |line| line.match(%r{\A(\h+) .\./(.+)\z}m)&.captures&.reverse }.to_h
      nameless, named = there.partition { |name, _| name.include?(NO_LETTER) }
      nameless.each { |name, _| why << "\nThe name of #{name} is not UTF-8: rename it, in the machine and on the host." }
      whole = status.zero? && nameless.empty?
      @machine.ui.warn("Not all lessons in the machine could be read: #{why.strip}") unless whole
      [named.to_h, whole]
    end

    def outside(name)
      path = File.join(@directory, name)
      File.file?(path) ? Digest::SHA256.file(path).hexdigest : nil
    end

    # A file's name as the machine has it. Where the host's locale is C, Ruby takes it for bytes.
    def letters(name)
      bytes = name.dup.force_encoding(Encoding::UTF_8)
      bytes.valid_encoding? ? bytes : name.encode(Encoding::UTF_8, invalid: :replace, undef: :replace)
    end

    # A note that cannot be read is none: then nothing is known to be the same, and nothing is replaced.
    def read
      File.exist?(@note) ? JSON.parse(File.read(@note, encoding: "UTF-8")) : {}
    rescue JSON::ParserError
      { "open" => true }
    end

    def keep
      File.write("#{@note}.new", JSON.generate("same" => @same, "open" => @open))
      File.rename("#{@note}.new", @note)
    end
  end
end
