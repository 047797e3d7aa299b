using System.Net.Http.Headers;
using System.Text;
using Scheduler.Models;
using Scheduler.Rep.Images.Registry;
using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Unit.Rep.Images;

public sealed class AuthChallengeTests
{
    [Fact]
    public void Reads_the_parameters_of_a_bearer_challenge()
    {
        var header = AuthenticationHeaderValue.Parse(
            """Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push", error=invalid_token"""
        );
        var challenge = AuthChallenge.Of([header])!;
        Assert.Equal("bearer", challenge.Scheme);
        Assert.Equal("https://auth.example/token", challenge.Parameters["realm"]);
        Assert.Equal("registry.example", challenge.Parameters["service"]);
        Assert.Equal("repository:a/b:pull,push", challenge.Parameters["scope"]);
        Assert.Equal("invalid_token", challenge.Parameters["ERROR"]);
    }

    [Fact]
    public void Prefers_a_token_and_leaves_out_what_it_cannot_meet()
    {
        AuthenticationHeaderValue[] headers = [new("Negotiate"), new("Basic", "realm=\"x\""), new("Bearer", "realm=\"https://t\"")];
        Assert.Equal("bearer", AuthChallenge.Of(headers)!.Scheme);
        Assert.Equal("basic", AuthChallenge.Of([new("Bearer", "service=\"no realm\""), headers[1]])!.Scheme);
        Assert.Null(AuthChallenge.Of([headers[0]]));
    }

    [Theory]
    [InlineData("realm=\"never ends", "realm", "never ends")]
    [InlineData("a=\"x\\\"y\",b=2", "a", "x\"y")]
    [InlineData(" , a = 1 ,", "a", "1")]
    public void Reads_odd_forms(string text, string name, string value) => Assert.Equal(value, AuthChallenge.Parse(text)[name]);

    [Theory]
    [InlineData("""{"auths":{"localhost:5000":{"auth":"bWU6c2VjcmV0OjE="}}}""", "localhost:5000", "me", "secret:1")]
    [InlineData("""{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6cHc="}}}""", "docker.io", "me", "pw")]
    [InlineData("""{"auths":{"registry.example":{"username":"me","password":"pw"}}}""", "registry.example", "me", "pw")]
    [InlineData("""{"auths":{"registry.example":{"auth":"bWU6","identitytoken":"id"}}}""", "registry.example", "<token>", "id")]
    public void Finds_credentials_in_a_docker_config(string config, string host, string user, string password) =>
        Assert.Equal(new RegistryCredentials(user, password), DockerConfig.Of(host, Encoding.UTF8.GetBytes(config)));

    [Fact]
    public void Finds_none_for_another_host_and_shows_nothing_of_a_broken_file()
    {
        var config = """{"auths":{"localhost:5000":{"auth":"bWU6c2VjcmV0"}},"credsStore":"desktop"}"""u8.ToArray();
        Assert.Null(DockerConfig.Of("localhost", config));
        var broken = Assert.Throws<DomainException>(() =>
            DockerConfig.Of("localhost:5000", """{"auths":{"localhost:5000":{"auth":"secret!"}}}"""u8)
        );
        Assert.DoesNotContain("secret", broken.Message);
        Assert.DoesNotContain("pw", new RegistryCredentials("me", "pw").ToString());
    }
}
