using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images.Registry;

/// <summary>
/// Asks a program <c>docker-credential-NAME</c> for the credentials of a registry, by Docker's protocol: the registry's name goes in, an
/// object with Username and Secret comes out. Nothing that it writes appears in a message, because that could be a secret.
/// </summary>
internal static class CredentialHelper
{
    private const string Prefix = "docker-credential-";

    /// <summary>Tokens have a few kilobytes.</summary>
    private const int LongestAnswer = 64 << 10;

    /// <summary>Names of programs in the configuration of Docker; none leads out of the PATH.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <param name="name">Without the prefix.</param>
    /// <param name="server">As the program knows the registry.</param>
    /// <param name="whose">Whose program it is, for messages, such as "the cell's".</param>
    /// <returns>Null if the program has none for it.</returns>
    /// <exception cref="DomainException">Unavailable: the program failed, said nothing useful, or exceeded the limit and was killed.</exception>
    public static async Task<RegistryCredentials?> AskAsync(
        string name,
        string server,
        string whose,
        TimeSpan limit,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        using var process = Start(name, whose);
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, either.Token);
            var answer = ReadAsync(process.StandardOutput.BaseStream, name, whose, either.Token);
            await SendAsync(process, server, either.Token);
            var text = await answer;
            await errors;
            await process.WaitForExitAsync(either.Token);
            if (process.ExitCode == 0)
                return Parse(text) ?? throw Failed(name, whose, "did not answer with a user name and a secret");
            // Not every helper says it in the same words, but all libraries for helpers do.
            return text.StartsWith("credentials not found", StringComparison.Ordinal)
                ? null
                : throw Failed(name, whose, $"ended with exit code {process.ExitCode}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Failed(name, whose, $"did not end within {limit}");
        }
        finally
        {
            Kill(process);
        }
    }

    private static Process Start(string name, string whose)
    {
        try
        {
            return Process.Start(
                    new ProcessStartInfo(Prefix + name, ["get"])
                    {
                        RedirectStandardInput = true,
                        RedirectStandardOutput = true,
                        RedirectStandardError = true,
                    }
                ) ?? throw Failed(name, whose, "did not start");
        }
        catch (Win32Exception failure)
        {
            throw Failed(name, whose, $"did not start: {failure.Message}");
        }
    }

    private static async Task SendAsync(Process process, string server, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.WriteAsync(server.AsMemory(), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says more.
        }
    }

    private static async Task<string> ReadAsync(Stream output, string name, string whose, CancellationToken cancellation)
    {
        var answer = new byte[LongestAnswer + 1];
        var length = await output.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellation);
        return length <= LongestAnswer
            ? Encoding.UTF8.GetString(answer, 0, length)
            : throw Failed(name, whose, $"wrote more than {LongestAnswer} bytes");
    }

    private static RegistryCredentials? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            return
                root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("Username", out var user)
                && root.TryGetProperty("Secret", out var secret)
                && user.GetString() is { Length: > 0 } known
                && secret.GetString() is { Length: > 0 } password
                ? new RegistryCredentials(known, password)
                : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Kill(Process process)
    {
        if (process.HasExited)
            return;
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    private static DomainException Failed(string name, string whose, string how) =>
        new DomainError(ErrorKind.Unavailable, $"{whose} credential helper {Prefix}{name} {how}").ToException();
}
