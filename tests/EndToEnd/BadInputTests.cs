using System.Net;
using System.Net.Http.Headers;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>Invalid input is refused with one clear sentence and leaves nothing behind.</summary>
public sealed class BadInputTests(SimulatedNode simulated) : IClassFixture<SimulatedNode>
{
    private DevNode Node => simulated.Node;

    [Theory]
    [InlineData("desired_lrp.process_guid", "bad guid!", "--image", "busybox", "--", "sh")]
    [InlineData("command", "noaction", "--image", "busybox")]
    [InlineData("image", "noimage", "--", "sh")]
    [InlineData("--memory", "negative", "--image", "busybox", "--memory", "-5", "--", "sh")]
    [InlineData("--memory", "overflow", "--image", "busybox", "--memory", "99999999999999M", "--", "sh")]
    [InlineData("desired_lrp.memory_mb", "large", "--image", "busybox", "--memory", "2147483647", "--", "sh")]
    [InlineData("desired_lrp.ports[1]", "ports", "--image", "busybox", "--port", "8080", "--port", "8080", "--", "sh")]
    [InlineData("unknown flag \"--instnces\"", "flag", "--image", "busybox", "--instnces", "2", "--", "sh")]
    public async Task A_desire_that_breaks_a_rule_names_field_and_rule_and_is_not_stored(string field, params string[] args)
    {
        var run = await Node.RunAsync(["lrp", "create", .. args]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: {field}", run.Error, StringComparison.Ordinal);
        await HasNothingAsync();
    }

    [Fact]
    public async Task An_oversize_annotation_is_turned_away()
    {
        var run = await Node.RunAsync(
            "lrp",
            "create",
            "annotated",
            "--image",
            "busybox",
            "--annotation",
            new string('a', 20_000),
            "--",
            "sh"
        );

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("desired_lrp.annotation: must be at most 10240 bytes", run.Error, StringComparison.Ordinal);
        await HasNothingAsync();
    }

    [Fact]
    public async Task An_unknown_domain_to_filter_by_is_no_empty_list()
    {
        var run = await Node.RunAsync("lrp", "list", "--domain", "nowhere");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("domain: must be", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slip_in_a_file_names_the_key_that_was_meant()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "name: web\nimage: busybox\ncommand: [sh]\ninstnaces: 2\n");

            var run = await Node.RunAsync("lrp", "create", "-f", file);

            Assert.Equal(2, run.ExitCode);
            Assert.Contains("instnaces", run.Error, StringComparison.Ordinal);
            Assert.Contains("did you mean instances", run.Error, StringComparison.Ordinal);
            await HasNothingAsync();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Bytes_that_are_no_message_get_a_status_and_the_server_lives_on()
    {
        var (status, _) = await CallAsync("/scheduler.v1.DesiredLRPService/Desire", Framed([0x0a, 0xff, 0xff, 0xff]));

        Assert.Equal("3", status);
        await HasNothingAsync();
    }

    [Fact]
    public async Task A_message_of_100_MB_is_refused_without_being_read()
    {
        var (status, message) = await CallAsync("/scheduler.v1.DesiredLRPService/Desire", Framed(new byte[100 << 20]));

        Assert.Equal("8", status);
        Assert.NotEqual("", message);
        await HasNothingAsync();
    }

    [Fact]
    public async Task An_unknown_method_is_unimplemented()
    {
        var (status, _) = await CallAsync("/scheduler.v1.DesiredLRPService/Wish", Framed([]));

        Assert.Equal("12", status);
        await HasNothingAsync();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var taken = new Uri(Node.Url).Authority;

        var run = await CommandRun.Of("bbs", "--insecure", "--store", "sqlite::memory:", "--listen", taken).WaitAsync(Wait.Patience);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: listen: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(taken, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_runc_is_named_with_the_package_that_has_it()
    {
        var state = Directory.CreateTempSubdirectory("e2e-").FullName;
        try
        {
            var run = await CommandRun
                .Of("rep", "--insecure", "--runc", "/nowhere/runc", "--state", state, "--listen", "127.0.0.1:0")
                .WaitAsync(Wait.Patience);

            Assert.Equal(1, run.ExitCode);
            Assert.Contains("runc is missing", run.Error, StringComparison.Ordinal);
            Assert.Contains("apt-get install runc", run.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    private async Task HasNothingAsync()
    {
        var list = await Node.RunAsync("lrp", "list", "--json");
        Assert.Equal((0, ""), (list.ExitCode, list.Output));
    }

    private async Task<(string Status, string Message)> CallAsync(string path, byte[] body)
    {
        using var client = new HttpClient { Timeout = Wait.Patience };
        using var request = new HttpRequestMessage(HttpMethod.Post, Node.Url + path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        return (Value(response, "grpc-status"), Value(response, "grpc-message"));
    }

    // A response without a message has its status in the headers, otherwise it is in the trailers.
    private static string Value(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.TrailingHeaders.TryGetValues(name, out values)
            ? values.Single()
            : "";

    private static byte[] Framed(byte[] message)
    {
        var length = BitConverter.GetBytes(message.Length);
        if (BitConverter.IsLittleEndian)
            Array.Reverse(length);
        return [0, .. length, .. message];
    }
}
