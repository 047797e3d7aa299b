using System.CommandLine;
using Scheduler.Models;

namespace Scheduler.Client.Specs;

/// <summary>
/// The flag that sends along what <c>docker login</c> stored on this machine for an image's registry. It is a flag and no default, because
/// the credentials leave the machine: the cluster keeps them with the work.
/// </summary>
internal sealed class DockerLogin(ClientOptions client)
{
    private const string Name = "--docker-login";

    private readonly Option<bool> _flag = new Option<bool>(Name)
    {
        Description =
            "Send the credentials that docker login stored for the image's registry (in ~/.docker, or the directory in DOCKER_CONFIG)",
    }.NeedsWholeProgram();

    private static string File =>
        Path.Combine(
            Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } directory
                ? directory
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker"),
            "config.json"
        );

    public void AddTo(Command command) => command.Options.Add(_flag);

    /// <summary>Null without the flag.</summary>
    /// <param name="username">Of credentials that were given in another way; empty: none were.</param>
    /// <exception cref="DomainException">There are none for this image, or they cannot be read.</exception>
    public async Task<(string User, string Password)?> FindAsync(
        ParseResult parsed,
        string rootFs,
        string username,
        CancellationToken cancellation
    )
    {
        if (!parsed.GetValue(_flag))
            return null;
        if (username.Length > 0)
            throw Invalid("cannot be combined with a user name for the image's registry");
        if (!ImageName.TryParseUrl(rootFs, out var image, out _))
            throw Invalid($"needs an image of a registry, such as docker://registry.example/team/app:1, and {rootFs} is none");
        var file = File;
        if (!System.IO.File.Exists(file))
            throw Invalid($"{file} does not exist; docker login {image.Host} makes it");
        return await FindAsync(file, image.Host, cancellation)
            ?? throw Invalid($"{file} has no credentials for {image.Host}; docker login {image.Host} stores them there");
    }

    private async Task<(string User, string Password)?> FindAsync(string file, string host, CancellationToken cancellation)
    {
        try
        {
            var config = await System.IO.File.ReadAllBytesAsync(file, cancellation);
            return await client.Server.FindCredentialsAsync(host, config, cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"{file} cannot be read: {failure.Message}");
        }
        catch (DomainException failure) when (failure.Error.Violations is [var violation])
        {
            throw Invalid($"{file}: {violation.Rule}");
        }
    }

    private static DomainException Invalid(string rule) => DomainError.Invalid(Name, rule).ToException();
}
