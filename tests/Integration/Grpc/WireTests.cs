using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Scheduler.Tests.Integration.Grpc.Contract;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>What the server does with requests that no well-behaved client sends, seen as HTTP.</summary>
public sealed class WireTests(InteropServer server) : IClassFixture<InteropServer>, IDisposable
{
    private const string Unary = "/interop.Interop/Unary";

    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    public async Task Refuses_another_content_type_with_415(string contentType)
    {
        using var response = await PostAsync(Unary, Frame(new Message()), contentType);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Refuses_HTTP_1_with_426()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.OldAddress, Unary)) { Content = Content(Frame(new Message()), "application/grpc") };
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task Refuses_another_HTTP_method_with_405(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Address, Unary)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Theory]
    [InlineData("", 12, "sent none")]
    [InlineData("00", 13, "inside a message")]
    [InlineData("0000000005AB", 13, "inside a message")]
    [InlineData("0200000000", 13, "starts with 2")]
    [InlineData("0100000000", 13, "names no encoding")]
    [InlineData("0000000002FFFF", 13, "Message")]
    [InlineData("00000000000000000000", 12, "sent more")]
    [InlineData("0006400000", 8, "4194304")]
    [InlineData("00FFFFFFFF", 8, "4194304")]
    public async Task Names_what_is_wrong_with_a_frame(string hex, int status, string why)
    {
        using var response = await PostAsync(Unary, Convert.FromHexString(hex));
        await AssertEndAsync(response, status, why);
    }

    [Theory]
    [InlineData("grpc-timeout", "soon", 13, "grpc-timeout")]
    [InlineData("grpc-timeout", "0m", 4, "Deadline")]
    [InlineData("x-data-bin", "!", 13, "x-data-bin")]
    public async Task Names_the_header_that_is_wrong(string name, string value, int status, string why)
    {
        using var response = await PostAsync(Unary, Frame(new Message { Text = "headers" }), headers: (name, value));
        await AssertEndAsync(response, status, why);
    }

    [Fact]
    public async Task Refuses_an_unknown_encoding_and_says_which_are_known()
    {
        byte[] frame = [1, 0, 0, 0, 1, 0];
        using var response = await PostAsync(Unary, frame, headers: ("grpc-encoding", "snappy"));
        await AssertEndAsync(response, 12, "identity,gzip");
        Assert.Equal("identity,gzip", response.Headers.GetValues("grpc-accept-encoding").Single());
    }

    [Theory]
    [InlineData("identity,gzip", true)]
    [InlineData("gzip", true)]
    [InlineData("identity,deflate", false)]
    [InlineData(null, false)]
    public async Task Compresses_for_those_who_accept_it(string? accepts, bool compressed)
    {
        (string, string)[] headers = accepts is null ? [] : [("grpc-accept-encoding", accepts)];
        using var response = await PostAsync(Unary, Frame(new Message { Data = ByteString.CopyFrom(new byte[10_000]) }), headers: headers);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(compressed, response.Headers.Contains("grpc-encoding"));
        Assert.Equal(compressed ? 1 : 0, body[0]);
        Assert.Equal(compressed, body.Length < 1000);
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task Ends_a_call_at_its_deadline_although_the_client_waits_on()
    {
        using var response = await PostAsync(Unary, Frame(new Message { Text = "wait", Data = ByteString.CopyFromUtf8("wire") }), headers: ("grpc-timeout", "200m"));
        await AssertEndAsync(response, 4, "Deadline");
        using var told = await PostAsync(Unary, Frame(new Message { Text = "cancelled", Data = ByteString.CopyFromUtf8("wire") }));
        Assert.Equal(HttpStatusCode.OK, told.StatusCode);
    }

    [Fact]
    public async Task Ends_a_stream_at_its_deadline_with_trailers()
    {
        using var response = await PostAsync("/interop.Interop/Down", Frame(new Message { Text = "wait", Number = 1 }), headers: ("grpc-timeout", "300m"));
        Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("4", response.TrailingHeaders.GetValues("grpc-status").Single());
    }

    private static byte[] Frame(Message message)
    {
        var payload = message.ToByteArray();
        return [0, 0, 0, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];
    }

    private static async Task AssertEndAsync(HttpResponseMessage response, int status, string why)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(status.ToString(System.Globalization.CultureInfo.InvariantCulture), response.Headers.GetValues("grpc-status").Single());
        Assert.Contains(why, response.Headers.GetValues("grpc-message").Single());
    }

    private static ByteArrayContent Content(byte[] body, string contentType)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return content;
    }

    private Task<HttpResponseMessage> PostAsync(string path, byte[] body, string contentType = "application/grpc", params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = Content(body, contentType),
        };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return _http.SendAsync(request);
    }
}
