namespace Scheduler.Tests.Integration.Grpc;

/// <summary>Clients that are not ours call this runtime's server. What each check does stands in client.py and client.js.</summary>
public sealed class ForeignClientTests(InteropServer server) : IClassFixture<InteropServer>
{
    public static TheoryData<string> Checks =>
    [
        "unary", "down", "up", "both", "deadline", "cancelled", "metadata", "details", "gzip", "large", "oversize", "unknown", "malformed", "health", "reflection",
    ];

    [Theory]
    [MemberData(nameof(Checks))]
    public Task Serves_a_client_in_Python(string check) => CallAsync(Language.Python, Target, check);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task Serves_a_client_in_Node(string check) => CallAsync(Language.Node, Target, check);

    [Theory]
    [InlineData(Language.Python)]
    [InlineData(Language.Node)]
    public async Task Serves_a_thousand_calls_at_once_on_one_connection(Language language)
    {
        // A server of its own: that many calls have to meet there.
        var meeting = new InteropServer();
        await meeting.InitializeAsync();
        try
        {
            await CallAsync(language, meeting.Address.Authority, "concurrent");
        }
        finally
        {
            await meeting.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(Language.Python)]
    [InlineData(Language.Node)]
    public Task Serves_a_client_that_shows_its_certificate(Language language) =>
        CallAsync(language, server.SecureAddress.Authority, "unary", server.Folder);

    [Theory]
    [InlineData(Language.Python)]
    [InlineData(Language.Node)]
    public Task Serves_a_client_on_a_Unix_socket(Language language) => CallAsync(language, "unix:" + server.SocketPath, "both");

    private string Target => server.Address.Authority;

    private static async Task CallAsync(Language language, string target, string check, params string[] more)
    {
        string[] arguments = language == Language.Node ? [target, check, Foreign.StandardProtos, .. more] : [target, check, .. more];
        using var client = await Foreign.StartAsync(language, "client", arguments);
        await Foreign.SucceedAsync(client);
    }
}
