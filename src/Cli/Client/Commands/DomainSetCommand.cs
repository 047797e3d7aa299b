using System.CommandLine;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Cli.Client.Commands;

/// <summary><c>scheduler domain set</c></summary>
internal static class DomainSetCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("set").Explain("Declare a domain fresh: what is not desired in it now may be stopped\n\nExample:\n  scheduler domain set cf-apps --ttl 2m");
        var name = new Argument<string>("NAME") { Description = "The domain" };
        var ttl = new Option<string?>("--ttl", "-t") { Description = "For how long: whole seconds such as 30s or 2m; 0 for ever (default: 2m)", HelpName = "DURATION" };
        command.Arguments.Add(name);
        command.Options.Add(ttl);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new UpsertDomainRequest { Domain = parsed.GetValue(name)!, TtlSeconds = Seconds(parsed.GetValue(ttl) ?? "2m") };
            using var session = client.Open(parsed);
            await session.Domains.UpsertAsync(request, session.Call(cancellationToken));
            client.Printer(parsed).Note($"{request.Domain}: fresh {(request.TtlSeconds == 0 ? "for ever" : $"for {request.TtlSeconds}s")}");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static uint Seconds(string text)
    {
        if (text is "0" or "0s")
            return 0;
        return Durations.TryParse(text, out var span) && span >= TimeSpan.FromSeconds(1) && span.Ticks % TimeSpan.TicksPerSecond == 0 && span.TotalSeconds <= uint.MaxValue
            ? (uint)span.TotalSeconds
            : throw DomainError.Invalid("--ttl", $"must be whole seconds such as 30s or 2m, or 0 for ever, not \"{text}\"").ToException();
    }
}
