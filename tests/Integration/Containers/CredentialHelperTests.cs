using System.Text;
using Scheduler.Models;
using Scheduler.Rep.Images.Registry;
using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>Programs that a Docker config.json names for the credentials of registries.</summary>
public sealed class CredentialHelperTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("helpers-").FullName;
    private readonly string _name = $"test-{Guid.NewGuid():N}";
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    public CredentialHelperTests() => Environment.SetEnvironmentVariable("PATH", $"{_directory}:{_path}");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_helper_is_asked_for_its_registry_and_the_store_for_the_others()
    {
        Write("""read -r host; [ "$1" = get ] && printf '{"Username":"robot","Secret":"of %s"}' "$host" """);
        var config =
            $$$"""{"credHelpers":{"registry.example":"{{{_name}}}"},"auths":{"other.example":{"username":"a","password":"b"} } }""";
        Assert.Equal(new RegistryCredentials("robot", "of registry.example"), await FindAsync("registry.example", config));
        Assert.Equal(new RegistryCredentials("a", "b"), await FindAsync("other.example", config));
        var store = $$"""{"credsStore":"{{_name}}"}""";
        Assert.Equal(new RegistryCredentials("robot", "of https://index.docker.io/v1/"), await FindAsync("docker.io", store));
    }

    [Fact]
    public async Task A_helper_without_credentials_leaves_it_to_the_file()
    {
        Write("echo 'credentials not found in native keychain'; exit 1");
        var config = $$$"""{"credsStore":"{{{_name}}}","auths":{"registry.example":{"username":"a","password":"b"} } }""";
        Assert.Equal(new RegistryCredentials("a", "b"), await FindAsync("registry.example", config));
        Assert.Null(await FindAsync("other.example", config));
    }

    [Theory]
    [InlineData("echo s3cret; echo s3cret >&2; exit 3", "ended with exit code 3")]
    [InlineData("echo s3cret", "did not answer with a user name and a secret")]
    [InlineData("""echo '{"Username":"s3cret"}'""", "did not answer with a user name and a secret")]
    [InlineData("yes s3cret", "wrote more than 65536 bytes")]
    [InlineData("sleep 1000 & sleep 1000", "did not end within")]
    public async Task A_helper_that_fails_is_told_without_what_it_wrote(string script, string rule)
    {
        Write(script);
        var limit = script.StartsWith("sleep", StringComparison.Ordinal) ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromMinutes(3);
        var failure = await Assert.ThrowsAsync<DomainException>(() =>
            FindAsync("registry.example", $$"""{"credsStore":"{{_name}}"}""", limit)
        );
        Assert.Equal(ErrorKind.Unavailable, failure.Kind);
        Assert.Contains($"docker-credential-{_name} {rule}", failure.Message);
        Assert.DoesNotContain("s3cret", failure.ToString());
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_is_refused_and_a_missing_program_is_named()
    {
        var elsewhere = await Assert.ThrowsAsync<DomainException>(() => FindAsync("registry.example", """{"credsStore":"../../bin/sh"}"""));
        Assert.Contains("is not a Docker config.json", elsewhere.Message);
        var missing = await Assert.ThrowsAsync<DomainException>(() => FindAsync("registry.example", """{"credsStore":"none-such"}"""));
        Assert.Contains("docker-credential-none-such did not start", missing.Message);
    }

    private static Task<RegistryCredentials?> FindAsync(string host, string config, TimeSpan? limit = null) =>
        DockerConfig.FindAsync(
            host,
            Encoding.UTF8.GetBytes(config),
            DockerConfig.TheCells,
            limit ?? TimeSpan.FromMinutes(3),
            TimeProvider.System,
            TestContext.Current.CancellationToken
        );

    private void Write(string script)
    {
        var file = Path.Combine(_directory, $"docker-credential-{_name}");
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }
}
