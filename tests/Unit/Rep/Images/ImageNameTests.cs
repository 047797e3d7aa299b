using Scheduler.Models;

namespace Scheduler.Tests.Unit.Rep.Images;

public sealed class ImageNameTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox:latest")]
    [InlineData("nginx:1.25", "docker.io/library/nginx:1.25")]
    [InlineData("team/app", "docker.io/team/app:latest")]
    [InlineData("docker.io/nginx", "docker.io/library/nginx:latest")]
    [InlineData("index.docker.io/team/app:v1", "docker.io/team/app:v1")]
    [InlineData("localhost/web:v1", "localhost/web:v1")]
    [InlineData("localhost:5000/web", "localhost:5000/web:latest")]
    [InlineData("[::1]:5000/web", "[::1]:5000/web:latest")]
    [InlineData("registry.example/a/b/c:x", "registry.example/a/b/c:x")]
    [InlineData("web@" + Digest, "docker.io/library/web@" + Digest)]
    [InlineData("web:1.2@" + Digest, "docker.io/library/web:1.2@" + Digest)]
    public void Reads_names_as_docker_does(string text, string full)
    {
        Assert.True(ImageName.TryParse(text, out var name, out var rule), rule);
        Assert.Equal(full, $"{name}");
        Assert.True(ImageName.TryParse(full, out var again, out _));
        Assert.Equal(name, again);
    }

    [Theory]
    [InlineData("docker://localhost:5000/web:v1", "localhost:5000/web:v1")]
    [InlineData("docker:///library/busybox#1.36", "docker.io/library/busybox:1.36")]
    [InlineData("docker://registry.example/web#v1", "registry.example/web:v1")]
    public void Reads_urls_in_both_forms(string url, string full)
    {
        Assert.True(ImageName.TryParseUrl(url, out var name, out var rule), rule);
        Assert.Equal(full, $"{name}");
    }

    [Theory]
    [InlineData("docker://")]
    [InlineData("docker://web:")]
    [InlineData("docker://web:a:b/c")]
    [InlineData("docker://Web")]
    [InlineData("docker://web@sha256:12")]
    [InlineData("docker://web@md5:0123456789abcdef0123456789abcdef")]
    [InlineData("docker://web:v1#v2")]
    [InlineData("docker://web#")]
    [InlineData("docker://user:secret@registry.example/web")]
    [InlineData("docker://registry.example/../web")]
    [InlineData("docker://registry.example/web?x=y")]
    [InlineData("oci:///web")]
    public void Refuses_what_is_no_name(string url)
    {
        Assert.False(ImageName.TryParseUrl(url, out _, out var rule));
        Assert.StartsWith("must ", rule);
    }
}
