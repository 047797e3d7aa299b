using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli;

public sealed class DockerLoginTests : IDisposable
{
    private const string Image = "registry.example/team/app:1";

    private readonly string _directory = Directory.CreateTempSubdirectory("docker-").FullName;

    public DockerLoginTests() => Environment.SetEnvironmentVariable("DOCKER_CONFIG", _directory);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("DOCKER_CONFIG", null);
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("lrp")]
    [InlineData("task")]
    public async Task The_credentials_for_the_images_registry_go_with_the_work(string kind)
    {
        Write("""{"auths":{"other.example":{"auth":"eDp5"},"registry.example":{"auth":"bWU6czNjcmV0"}}}""");
        var run = await CreateAsync(kind, Image, "--docker-login");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("\"image_username\":\"me\"", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("image_username\":\"me", (await CreateAsync(kind, Image)).Output, StringComparison.Ordinal);
    }

    /// <summary>The file, null for none; the image; and what is wrong.</summary>
    [Theory]
    [InlineData(null, Image, "/config.json does not exist; docker login registry.example makes it")]
    [InlineData("{}", Image, "has no credentials for registry.example; docker login registry.example stores them there")]
    [InlineData("{}", "nginx:1.25", "has no credentials for docker.io")]
    [InlineData("no", Image, "this machine's file of registry credentials is not a Docker config.json")]
    [InlineData(
        "{}",
        "busybox",
        "needs an image of a registry, such as docker://registry.example/team/app:1, and preloaded:busybox is none"
    )]
    [InlineData("""{"credsStore":"none-such"}""", Image, "this machine's credential helper docker-credential-none-such did not start")]
    [InlineData("{}", Image, "cannot be combined with a user name for the image's registry", "--image-username", "me")]
    public async Task What_is_missing_is_said(string? config, string image, string rule, params string[] more)
    {
        if (config is not null)
            Write(config);
        var run = await CreateAsync("lrp", image, ["--docker-login", .. more]);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(rule, run.Error, StringComparison.Ordinal);
    }

    private void Write(string config) => File.WriteAllText(Path.Combine(_directory, "config.json"), config);

    private static Task<CommandRun> CreateAsync(string kind, string image, params string[] more) =>
        CommandRun.Of([kind, "create", "web", "--image", image, "--dry-run", .. more, "--", "/bin/a"]);
}
