# The authors of messages as Ruby's Mail sees them. A line in: a message in base64. A line out: JSON, in ASCII.
require 'base64'
require 'json'
require 'mail'
$stdout.sync = true

def authors(octets)
  fields = Mail.new(octets).header.fields.select { |field| field.name.to_s.downcase == 'from' }
  fields.flat_map do |field|
    parsed = begin
      field.field.respond_to?(:addresses) ? field.field.addresses : []
    rescue StandardError
      []
    end
    # What it cannot read it shows as it stands.
    parsed.empty? ? [field.decoded.to_s] : parsed
  end
end

$stdin.each_line do |line|
  found = begin
    authors(Base64.decode64(line)).map { |text| text.to_s.dup.force_encoding('UTF-8').scrub('?') }
  rescue StandardError
    []
  end
  puts JSON.generate({ 'Ruby Mail' => found }, ascii_only: true)
end
