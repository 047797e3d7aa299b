using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Docker.DotNet;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>The connection to a Docker engine. Its refusals and its silence become <see cref="ContainerRuntimeException"/>s.</summary>
internal sealed class DockerEngine : IDisposable
{
    private readonly DockerClientConfiguration _configuration;
    private readonly DockerClient _client;

    /// <param name="host">Its address: <c>unix:///path</c>.</param>
    /// <param name="timeout">Of one call, except those that move an image.</param>
    /// <exception cref="DomainException">The address is none of this machine.</exception>
    public DockerEngine(string host, TimeSpan timeout)
    {
        if (!host.StartsWith("unix:///", StringComparison.Ordinal) || !Uri.TryCreate(host, UriKind.Absolute, out var address))
            throw DomainError.Invalid("docker-host", $"must be unix:///PATH (was '{host}')").ToException();
        Host = host;
        _configuration = new DockerClientConfiguration(address, defaultTimeout: timeout);
        _client = _configuration.CreateClient();
    }

    public string Host { get; }

    /// <param name="what">What the engine is asked to do, for the message: "create container c1".</param>
    /// <exception cref="ContainerRuntimeException">It refused, or did not answer.</exception>
    public async Task<T> AskAsync<T>(string what, Func<DockerClient, Task<T>> ask)
    {
        try
        {
            return await ask(_client);
        }
        catch (DockerApiException refusal)
        {
            throw new ContainerRuntimeException($"the Docker engine could not {what}: {Reason(refusal)}", refusal);
        }
        catch (Exception failure) when (IsSilence(failure))
        {
            throw new ContainerRuntimeException($"the Docker engine at {Host} does not answer: {failure.Message}", failure);
        }
    }

    public Task AskAsync(string what, Func<DockerClient, Task> ask) =>
        AskAsync(
            what,
            async client =>
            {
                await ask(client);
                return true;
            }
        );

    /// <summary>The same for something that may not exist, or not any more; null: it does not.</summary>
    public Task<T?> FindAsync<T>(string what, Func<DockerClient, Task<T>> ask)
        where T : class =>
        AskAsync<T?>(
            what,
            async client =>
            {
                try
                {
                    return await ask(client);
                }
                catch (DockerApiException refusal) when (refusal.StatusCode == HttpStatusCode.NotFound)
                {
                    return null;
                }
            }
        );

    public void Dispose()
    {
        _client.Dispose();
        _configuration.Dispose();
    }

    /// <summary>The engine's own words, which are in a JSON object.</summary>
    public static string Reason(DockerApiException refusal)
    {
        try
        {
            using var body = JsonDocument.Parse(refusal.ResponseBody ?? "");
            if (
                body.RootElement.ValueKind == JsonValueKind.Object
                && body.RootElement.TryGetProperty("message", out var message)
                && message.GetString() is { Length: > 0 } text
            )
                return Commands.Shorten(text.Trim());
        }
        catch (JsonException)
        {
            // not the engine's, but of something in between
        }

        return $"status {(int)refusal.StatusCode} {Commands.Shorten(refusal.ResponseBody ?? "")}".Trim();
    }

    private static bool IsSilence(Exception failure) =>
        failure is HttpRequestException or IOException or SocketException or TimeoutException or Newtonsoft.Json.JsonException;
}
