# The authors of messages as Perl's Mail::Address sees them. A line in: a message in base64. A line out: JSON.
use strict;
use warnings;
use JSON::PP;
use Mail::Address;
use Mail::Header;
use MIME::Base64;
$| = 1;
my $json = JSON::PP->new->ascii;

while (my $line = <STDIN>) {
    my ($head) = split /\r\n\r\n/, decode_base64($line), 2;
    $head =~ s/\r\n/\n/g;
    my $header = Mail::Header->new([ map { "$_\n" } split /\n/, $head ]);
    $header->unfold;
    my @found = map { $_->address || $_->phrase || '' } map { Mail::Address->parse($_) } $header->get('From');
    print $json->encode({ 'Perl Mail::Address' => \@found }), "\n";
}
