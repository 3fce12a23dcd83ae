# What the Vagrantfile does on the host, in Vagrant's own Ruby, so that it is the same on Windows, macOS and Linux.
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

    port, sure = port_of(machine)
    # The guest cannot know it. It keeps what it was told until it is switched off.
    tell = "nslab-url #{port}"
    tell = "if [ -e /run/nslab-course/port ]; then nslab-url; else #{tell}; fi" unless sure
    said = +""
    machine.communicate.execute(tell, error_check: false) { |_, text| said << text }
    machine.env.ui.info(said.chomp)
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

  # The host's port, and whether it is known for sure: some providers can be asked; for the others there is only what
  # Vagrant wrote into the configuration when it started the machine, if that was now.
  def self.port_of(machine)
    provider = machine.provider
    if provider.capability?(:forwarded_ports)
      host, = provider.capability(:forwarded_ports).find { |_, guest| guest == GUEST_PORT }
      return [host, true] if host
    end
    _, options = machine.config.vm.networks.find { |kind, o| kind == :forwarded_port && o[:guest] == GUEST_PORT }
    [options[:host], false]
  end

  def self.ready?(machine)
    machine.state.id == :running && machine.communicate.ready?
  end

  def self.succeeds?(machine, command)
    machine.communicate.test(command)
  end

  private_class_method :port_of, :ready?, :succeeds?
end
