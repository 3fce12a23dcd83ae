# What the Vagrantfile does on the host, in Vagrant's own Ruby, so that it is the same on Windows, macOS and Linux.
require "fileutils"
require "socket"

module Nslab
  GUEST_PORT = 8888
  LESSONS = "/vagrant/notebooks"

  # A whole number from the environment.
  def self.number(name, default, range)
    text = ENV.fetch(name, default.to_s)
    return text.to_i if text.match?(/\A\d+\z/) && range.cover?(text.to_i)

    abort "#{name}=#{text}: give a whole number from #{range.min} to #{range.max}"
  end

  # Prints the address of the course, which is the last that `vagrant up` says.
  def self.announce(machine)
    return unless ready?(machine)
    # A restart by Vagrant and not by the machine itself, since libvirt's forwarded port would not survive that. It ends
    # with a call of this method.
    return machine.action(:reload) if succeeds?(machine, "test -e /run/nslab-reboot")

    # The guest cannot know the port. It keeps what it was told until it is switched off.
    said = +""
    machine.communicate.execute("nslab-url #{port_of(machine)}", error_check: false) { |_, text| said << text }
    machine.env.ui.info(said.chomp)
  end

  # Chooses another port on the host where the first is taken, before the machine starts. Most providers do it (that is
  # auto_correct), and say which they took; libvirt's does neither. While the machine runs, the port is its own.
  def self.choose_port(machine)
    return if machine.provider.capability?(:forwarded_ports)

    options = forwarded(machine)
    if ready?(machine)
      told = +""
      machine.communicate.execute("cat /run/nslab-course/port", error_check: false) { |_, text| told << text }
      options[:host] = told.to_i if told.to_i.positive?
    else
      options[:host] = (options[:host]..65_535).find { |port| free?(port) }
    end
  end

  # Copies the lessons that are newer inside to the host, where the folder is a copy and not shared.
  def self.bring_home(machine)
    return if !ready?(machine) || succeeds?(machine, "mountpoint -q /vagrant")

    inside = +""
    machine.communicate.execute("cd #{LESSONS} && find . -name '*.ipynb' ! -path '*/.*/*' -printf '%T@ %P\\n'",
                                error_check: false) { |type, text| inside << text if type == :stdout }
    inside.each_line(chomp: true) do |line|
      seconds, name = line.split(" ", 2)
      outside = File.join(machine.env.root_path, "notebooks", name)
      next if File.exist?(outside) && File.mtime(outside).to_i >= seconds.to_i

      FileUtils.mkdir_p(File.dirname(outside))
      machine.communicate.download("#{LESSONS}/#{name}", outside)
      machine.ui.info("notebooks/#{name} is copied from the machine to the host")
    end
  end

  def self.port_of(machine)
    provider = machine.provider
    known = provider.capability(:forwarded_ports) if provider.capability?(:forwarded_ports)
    host, = known&.find { |_, guest| guest == GUEST_PORT }
    host || forwarded(machine)[:host]
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

  private_class_method :port_of, :forwarded, :free?, :ready?, :succeeds?
end
