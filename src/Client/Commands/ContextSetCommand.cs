using System.CommandLine;
using Scheduler.Client.Contexts;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler context set</c></summary>
internal static class ContextSetCommand
{
    public static Command Create()
    {
        var command = new Command("set", "Create a context, or change what is named of it");
        var name = new Argument<string>("CONTEXT") { Description = "Name" };
        var bbs = new Option<string[]>("--bbs")
        {
            Description = "BBS URLs (comma-separated or repeated)",
            HelpName = "URL",
            AllowMultipleArgumentsPerToken = false,
        };
        var certificate = new Option<string?>("--cert")
        {
            Description = "PEM file of the client certificate; \"none\" for none",
            HelpName = "FILE|none",
        };
        var key = new Option<string?>("--key")
        {
            Description = "PEM file of the certificate's private key; \"none\" for none",
            HelpName = "FILE|none",
        };
        var authority = new Option<string?>("--ca")
        {
            Description = "PEM file of the CAs that issue the servers' certificates; \"none\" for none",
            HelpName = "FILE|none",
        };
        command.Arguments.Add(name);
        foreach (var option in (Option[])[bbs, certificate, key, authority])
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var (file, changed) = (ContextFile.OfUser, parsed.GetValue(name)!);
            ContextFile.CheckName(changed);
            var stored = file.Read();
            var urls = parsed.GetValue(bbs) is { Length: > 0 } given
                ? [.. given.SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))]
                : stored.Contexts.GetValueOrDefault(changed)?.Bbs ?? [];
            Check(urls);
            var before = stored.Contexts.GetValueOrDefault(changed);
            stored.Contexts[changed] = new ClusterContext(
                urls,
                PathOf(parsed.GetValue(certificate), before?.CertificateFile),
                PathOf(parsed.GetValue(key), before?.KeyFile),
                PathOf(parsed.GetValue(authority), before?.AuthorityFile)
            );
            file.Write(stored);
            parsed.InvocationConfiguration.Output.WriteLine($"{changed}: {(before is null ? "created" : "changed")}");
            if (before is null && stored.Current is null)
                parsed.InvocationConfiguration.Error.WriteLine($"scheduler context use {changed} makes commands use it");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Check(string[] urls)
    {
        if (urls.Length == 0)
            throw DomainError.Invalid("--bbs", "must be given for a new context").ToException();
        foreach (var url in urls)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https" or "unix"))
                throw DomainError.Invalid("--bbs", $"must be a URL such as https://bbs:8889, not \"{url}\"").ToException();
        }
    }

    // Commands run in other directories.
    private static string? PathOf(string? given, string? before) =>
        given switch
        {
            null => before,
            "none" => null,
            _ => Path.GetFullPath(given),
        };
}
