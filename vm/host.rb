# What the Vagrantfile does on the host, in Vagrant's own Ruby, so that it is the same on Windows, macOS and Linux.
require "socket"
require_relative "lessons"

module Nslab
  GUEST_PORT = 8888
  @chosen = []
  @choosing = Mutex.new
  @home = {}

  # A whole number from the environment.
  def self.number(name, default, range)
    text = ENV.fetch(name, default.to_s)
    return text.to_i if text.match?(/\A\d+\z/) && range.cover?(text.to_i)

    abort "#{name}=#{text}: give a whole number from #{range.min} to #{range.max}"
  end

  # A file from the environment, or nil.
  def self.file(name)
    path = ENV.fetch(name, "")
    return if path.empty?
    return File.expand_path(path) if File.file?(path)

    abort "#{name}=#{path}: there is no such file"
  end

  # What the host's environment says of a proxy, for what is fetched inside, in the spelling that apt knows. One that runs
  # on the host itself (127.0.0.1) cannot be reached from there.
  def self.proxies
    own = %r{\A(\w+://)?([^/@]*@)?(localhost|127\.|\[::1\])}
    found = ENV.to_h.transform_keys(&:downcase).slice("http_proxy", "https_proxy", "no_proxy")
    found.reject { |name, value| name != "no_proxy" && value.match?(own) }
  end

  # Prints the address of the course, which is the last that `vagrant up` says.
  def self.announce(machine)
    return unless ready?(machine)
    # A restart by Vagrant and not by the machine itself, since libvirt's forwarded port would not survive that. It ends
    # with a call of this method.
    return machine.action(:reload) if succeeds?(machine, "test -e /run/nslab-reboot")

    lessons(machine)&.settle
    unless succeeds?(machine, "test -x /usr/local/bin/nslab-url")
      return machine.ui.warn("The course is not installed yet. To go on with that: vagrant provision #{machine.name}")
    end

    # The guest cannot know the port. It keeps what it was told until it is switched off.
    said = +""
    machine.communicate.execute("nslab-url #{port_of(machine)}", error_check: false) do |type, text|
      type == :stderr ? machine.ui.warn(text.chomp) : said << text
    end
    machine.env.ui.info(said.chomp) unless said.empty?
  end

  # Chooses another port on the host where the first is taken, before the machine starts. Most providers do it (that is
  # auto_correct), and say which they took; libvirt's does neither. While the machine runs, the port is its own.
  def self.choose_port(machine)
    return if machine.provider.capability?(:forwarded_ports)

    options = forwarded(machine)
    if ready?(machine)
      options[:host] = told(machine) || options[:host]
    else
      # Machines that start at the same time do not see each other's yet.
      @choosing.synchronize do
        options[:host] = (options[:host]..65_535).find { |port| !@chosen.include?(port) && free?(port) }
        @chosen << options[:host]
      end
    end
  end

  # Copies what was written in the lessons' directory to the host, where that is a copy and not shared.
  def self.bring_home(machine)
    @home[machine.name] = lessons(machine)&.bring_home if ready?(machine)
  end

  def self.halted(machine)
    Lessons.new(machine).close if @home[machine.name] && machine.state.id != :running
  end

  # What to say of a machine with work in it that nobody has brought home; else nil.
  def self.work_in(machine)
    return if machine.state.id == :not_created || ready?(machine) || !Lessons.new(machine).open?

    "There may be work in this machine that is not on your computer. To have it copied to notebooks/, do this first: " \
      "vagrant up #{machine.name}; vagrant halt #{machine.name}"
  end

  # Before Vagrant asks whether to destroy it.
  def self.warn_of_work(machine)
    work = work_in(machine)
    machine.ui.warn("#{work} (answer n to the question)") if work
  end

  # Before a snapshot is restored, where Vagrant asks nothing.
  def self.refuse_for_work(machine)
    work = work_in(machine)
    abort work if work
  end

  # A snapshot was restored: the lessons are what they were before, as in a folder that is shared.
  def self.restored(machine)
    return unless ready?(machine)

    lessons(machine)&.send_in
    return announce(machine) if machine.provider.capability?(:forwarded_ports)

    # libvirt's port goes through a connection that the restored machine knows nothing of. Resuming makes another.
    machine.action(:suspend)
    machine.action(:resume)
  end

  def self.port_of(machine)
    provider = machine.provider
    return forwarded(machine)[:host] unless provider.capability?(:forwarded_ports)

    host, = provider.capability(:forwarded_ports)&.find { |_, guest| guest == GUEST_PORT }
    # Some plugins answer with what is no map from host to guest.
    host || told(machine) || forwarded(machine)[:host]
  end

  # The port that the running machine was told before.
  def self.told(machine)
    said = +""
    machine.communicate.execute("cat /run/nslab-course/port", error_check: false) { |_, text| said << text }
    said.to_i if said.to_i.positive?
  end

  # Of a machine that runs; nil where the folder is shared.
  def self.lessons(machine)
    Lessons.new(machine) unless succeeds?(machine, "mountpoint -q /vagrant")
  end

  def self.forwarded(machine)
    machine.config.vm.networks.find { |kind, options| kind == :forwarded_port && options[:guest] == GUEST_PORT }.last
  end

  def self.free?(port)
    TCPServer.new("127.0.0.1", port).close
    true
  rescue SystemCallError
    false
  end

  def self.ready?(machine)
    machine.state.id == :running && machine.communicate.ready?
  end

  def self.succeeds?(machine, command)
    machine.communicate.test(command)
  end

  private_class_method :work_in, :port_of, :told, :lessons, :forwarded, :free?, :ready?, :succeeds?
end
