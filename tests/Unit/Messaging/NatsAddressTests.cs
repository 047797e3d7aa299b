using Scheduler.Messaging;

namespace Scheduler.Tests.Unit.Messaging;

public class NatsAddressTests
{
    [Theory]
    [InlineData("nats://h", "nats://h:4222", null, null)]
    [InlineData("tls://h:1", "tls://h:1", null, null)]
    [InlineData("nats://[::1]:5", "nats://[::1]:5", null, null)]
    [InlineData("nats://a:b@h:5", "nats://h:5", "a", "b")]
    [InlineData("nats://a%40x:b%3A%2Fc,d@h:5", "nats://h:5", "a@x", "b:/c,d")]
    [InlineData("nats://a:b:c@h:5", "nats://h:5", "a", "b:c")]
    public void Takes_user_and_password_out_of_the_address(string url, string shown, string? user, string? password)
    {
        var address = NatsAddress.From(new Uri(url), null, null);
        Assert.Equal((shown, user, password), (address.Url, address.User, address.Password));
    }

    [Theory]
    [InlineData("nats://h", "all", "secret")]
    [InlineData("nats://one@h", "one", "secret")]
    [InlineData("nats://one:own@h", "one", "own")]
    public void What_the_address_does_not_say_is_that_for_all(string url, string user, string password)
    {
        var address = NatsAddress.From(new Uri(url), "all", "secret");
        Assert.Equal((user, password), (address.User, address.Password));
    }

    [Theory]
    [InlineData("http://a:secret@h:1", "\"***@h:1\"")]
    [InlineData("a:secret@h", "\"***@h\"")]
    [InlineData("nats://a:se@cret@", "\"***@\"")]
    [InlineData("h:1", "\"h:1\"")]
    public void What_is_no_address_is_named_without_its_password(string address, string named)
    {
        var complaint = NatsOptions.Malformed(address).Message;
        Assert.EndsWith(named, complaint);
        Assert.DoesNotContain("cret", complaint);
    }

    [Theory]
    [InlineData("nats.example.com", "10.0.0.2:4223", "tls://10.0.0.2:4223", "nats.example.com")]
    [InlineData("nats.example.com", "n2.example.com:4223", "tls://n2.example.com:4223", "n2.example.com")]
    [InlineData("10.0.0.1", "10.0.0.2:4223", "tls://10.0.0.2:4223", "10.0.0.2")]
    [InlineData("nats.example.com", "[fd00::2]:4223", "tls://[fd00::2]:4223", "nats.example.com")]
    public void A_peer_is_reached_as_the_server_that_told_of_it(string host, string told, string url, string certificateOf)
    {
        var peer = NatsAddress.From(new Uri($"tls://a:b@{host}"), null, null).Peer(told)!;
        Assert.Equal((url, certificateOf, "a", "b"), (peer.Url, peer.TlsName, peer.User, peer.Password));
    }

    [Fact]
    public void Servers_are_tried_in_turn_and_after_them_those_that_they_tell_of()
    {
        var addresses = new NatsAddresses([At("one"), At("two")]);
        Assert.Equal(["one", "two", "one"], Next(addresses, 3));
        addresses.Learn(At("one"), ["two:4222", "three:4222", "ONE:4222", "four:1", "three:4222"]);
        Assert.Equal(["two", "three", "four", "one", "two"], Next(addresses, 5));
    }

    [Fact]
    public void The_latest_word_on_the_cluster_counts()
    {
        var addresses = new NatsAddresses([At("one")]);
        addresses.Learn(At("one"), ["two:1", "three:1"]);
        addresses.Learn(At("two"), ["four:1"]);
        Assert.Equal(["one", "four", "one"], Next(addresses, 3));
        addresses.Learn(At("four"), []);
        Assert.Equal(["four", "one"], Next(addresses, 2));
    }

    [Fact]
    public void A_server_that_tells_of_too_many_or_of_nonsense_is_believed_in_part()
    {
        var addresses = new NatsAddresses([At("one")]);
        addresses.Learn(At("one"), ["", ":", "a b:1", "x:y:z", "u:p@h:1", .. Enumerable.Range(0, 1000).Select(i => $"n{i}:1")]);
        Assert.Equal(
            ["one", .. Enumerable.Range(0, NatsAddresses.MaxLearnt).Select(i => $"n{i}"), "one"],
            Next(addresses, NatsAddresses.MaxLearnt + 2)
        );
    }

    private static NatsAddress At(string host) => NatsAddress.From(new Uri($"nats://{host}"), null, null);

    private static IEnumerable<string> Next(NatsAddresses addresses, int count) =>
        Enumerable.Range(0, count).Select(_ => addresses.Next().Host).ToList();
}
