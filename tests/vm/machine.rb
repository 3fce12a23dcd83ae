# A machine for the Vagrantfile's Ruby without one: its /vagrant is a directory beside the host's. Runs what it is given.
require "fileutils"
require "open3"
require "ostruct"
require_relative "../../vm/host"

class Machine
  attr_reader :name, :said, :data_dir
  attr_accessor :running

  def initialize(at, name)
    @at, @name, @said, @running = at, name, [], true
    @data_dir = File.join(at, ".vagrant", name)
    FileUtils.mkdir_p(@data_dir)
  end

  def env = OpenStruct.new(root_path: File.join(@at, "host"), ui: self)

  def state = OpenStruct.new(id: @running ? :running : :shutoff)

  def ready? = @running

  def communicate = self

  def provider = self

  def capability?(_) = true

  def ui = self

  def info(text) = @said << text

  def warn(text) = @said << text

  def test(command) = system("sh", "-c", at_home(command))

  # As Vagrant gives it: bytes.
  def execute(command, error_check: true)
    out, err, status = Open3.capture3("sh", "-c", at_home(command))
    raise err unless status.success? || !error_check

    if block_given?
      yield :stdout, out.b
      yield :stderr, err.b
    end
    status.exitstatus
  end

  def download(from, to) = FileUtils.cp(at_home(from), to)

  def upload(from, to) = FileUtils.cp(from, at_home(to))

  private

  def at_home(text)
    text.gsub("/vagrant", File.join(@at, @name).force_encoding(Encoding::UTF_8)).gsub("mountpoint -q", "false")
  end
end

machines = Hash.new { |known, name| known[name] = Machine.new(ARGV[0], name) }
ARGV[1..].each do |step|
  what, name = step.split(":")
  case what
  when "off" then machines[name].running = false
  when "settle" then Nslab::Lessons.new(machines[name]).settle
  else Nslab.public_send(what, machines[name])
  end
end
machines.each_value { |machine| machine.said.each { |text| puts text } }
