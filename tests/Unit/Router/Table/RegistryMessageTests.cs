using System.Text;
using Scheduler.Router.Table;

namespace Scheduler.Tests.Unit.Router.Table;

public class RegistryMessageTests
{
    [Fact]
    public void Reads_what_emitters_write()
    {
        var message = RegistryMessage.Parse(
            """
            {"host":"10.0.0.1","port":61000,"tls_port":61443,"uris":["a.example.com","b.example.com/api"],"protocol":"http2","app":"app-1",
             "route_service_url":"https://service","private_instance_id":"i-1","private_instance_index":"3","server_cert_domain_san":"i-1",
             "isolation_segment":"x","endpoint_updated_at_ns":5,"tags":{"component":"route-emitter"},"availability_zone":"z1",
             "stale_threshold_in_seconds":30,"options":{"loadbalancing":"least-connection"}}
            """u8,
            out var reason
        );
        Assert.Equal("", reason);
        Assert.Equal(
            ("10.0.0.1", 61000, "http2", "app-1", "https://service", "i-1", "3", 5L, 30, "least-connection"),
            (
                message!.Host,
                message.Port,
                message.Protocol,
                message.App,
                message.RouteServiceUrl,
                message.PrivateInstanceId,
                message.PrivateInstanceIndex,
                message.EndpointUpdatedAtNs,
                message.StaleThresholdInSeconds,
                message.Options!.LoadBalancing
            )
        );
        Assert.Equal(["a.example.com", "b.example.com/api"], message.Uris);
    }

    [Fact]
    public void What_is_missing_is_empty()
    {
        var message = RegistryMessage.Parse("""{"host":"h","port":80,"uris":["a"],"app":"x"}"""u8, out _)!;
        Assert.Equal(
            ("x", "", "", "", "", 0L),
            (
                message.App,
                message.PrivateInstanceId,
                message.PrivateInstanceIndex,
                message.Protocol,
                message.RouteServiceUrl,
                message.EndpointUpdatedAtNs
            )
        );
    }

    [Theory]
    [InlineData("x\\r\\nSet-Cookie: y")]
    [InlineData("x y")]
    [InlineData("\u00e4")]
    public void What_cannot_be_a_header_is_left_out(string text)
    {
        var json =
            $$"""{"host":"h","port":80,"uris":["a"],"app":"{{text}}","private_instance_id":"{{text}}","private_instance_index":null}""";
        var message = RegistryMessage.Parse(Encoding.UTF8.GetBytes(json), out _)!;
        Assert.Equal(("", "", ""), (message.App, message.PrivateInstanceId, message.PrivateInstanceIndex));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"host":"h","uris":["a"]}""")]
    [InlineData("""{"host":"h","port":0,"tls_port":443,"uris":["a"]}""")]
    [InlineData("""{"host":"h","port":65536,"uris":["a"]}""")]
    [InlineData("""{"host":"h","port":"80","uris":["a"]}""")]
    [InlineData("""{"host":"h/x@","port":80,"uris":["a"]}""")]
    [InlineData("""{"host":null,"port":80,"uris":["a"]}""")]
    [InlineData("""{"host":"h","port":80,"uris":[]}""")]
    [InlineData("""{"host":"h","port":80,"uris":null}""")]
    public void Refuses_what_it_cannot_use_and_says_why(string json)
    {
        Assert.Null(RegistryMessage.Parse(Encoding.UTF8.GetBytes(json), out var reason));
        Assert.NotEqual("", reason);
    }

    [Fact]
    public void Refuses_what_is_too_long()
    {
        var many = string.Join(',', Enumerable.Range(0, RegistryMessage.MaxUris + 1).Select(i => $"\"h{i}\""));
        Assert.Null(RegistryMessage.Parse(Encoding.UTF8.GetBytes($$"""{"host":"h","port":80,"uris":[{{many}}]}"""), out _));
        var padded = """{"host":"h","port":80,"uris":["a"],"tags":{"x":"TEXT"}}""";
        Assert.NotNull(RegistryMessage.Parse(Encoding.UTF8.GetBytes(padded), out _));
        var text = new string('x', RegistryMessage.MaxBytes);
        Assert.Null(RegistryMessage.Parse(Encoding.UTF8.GetBytes(padded.Replace("TEXT", text, StringComparison.Ordinal)), out _));
    }
}
