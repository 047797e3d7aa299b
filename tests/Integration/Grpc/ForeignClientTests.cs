using Scheduler.Hosting.Roles;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>Other implementations' clients call the product's server. client.py and client.js contain the checks.</summary>
public sealed class ForeignClientTests(InteropServer server) : IClassFixture<InteropServer>
{
    public static TheoryData<Language, string> Checks()
    {
        var checks = new TheoryData<Language, string>();
        foreach (
            var check in (string[])
                [
                    "kinds",
                    "deadline",
                    "cancelled",
                    "metadata",
                    "details",
                    "compressed",
                    "large",
                    "oversize",
                    "malformed",
                    "health",
                    "reflection",
                ]
        )
        {
            checks.Add(Language.Python, check);
            checks.Add(Language.Node, check);
        }

        return checks;
    }

    [Theory]
    [MemberData(nameof(Checks))]
    public Task Serves(Language language, string check) => CallAsync(language, new Uri(server.Url).Authority, check);

    [Theory]
    [InlineData(Language.Python)]
    [InlineData(Language.Node)]
    public Task Serves_on_a_Unix_socket(Language language) => CallAsync(language, "unix:" + server.SocketPath, "kinds");

    [Theory]
    [InlineData(Language.Python, PeerRoles.Client, "allowed")]
    [InlineData(Language.Python, PeerRoles.Rep, "refused")]
    [InlineData(Language.Node, PeerRoles.Client, "allowed")]
    [InlineData(Language.Node, PeerRoles.Rep, "refused")]
    public async Task Lets_in_by_the_roles_in_the_certificate(Language language, PeerRoles roles, string check)
    {
        var name = $"{language}-{roles}";
        server.Issue(name, roles);
        await CallAsync(language, new Uri(server.SecureUrl).Authority, check, Path.Combine(server.Folder, name));
    }

    [Theory]
    [InlineData(Language.Python)]
    [InlineData(Language.Node)]
    public Task Has_no_call_without_a_certificate(Language language) =>
        CallAsync(language, new Uri(server.SecureUrl).Authority, "unconnected", Path.Combine(server.Folder, "none"));

    private static async Task CallAsync(Language language, string target, string check, params string[] more)
    {
        using var client = await Foreign.StartAsync(language, "client", [target, check, .. more]);
        await Foreign.SucceedAsync(client);
    }
}
