using System.CommandLine;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler domain set</c></summary>
internal static class DomainSetCommand
{
    private const string Help = """
        Mark a domain as fresh, so that its instances that are not desired may be stopped

        Example:
          scheduler domain set cf-apps --ttl 2m
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("set").Explain(Help);
        var name = new Argument<string>("NAME") { Description = "Domain" };
        var ttl = new Option<string?>("--ttl", "-t")
        {
            Description = "Time to live in whole seconds, such as 30s or 2m; 0: no expiry (default: 2m)",
            HelpName = "DURATION",
        };
        command.Arguments.Add(name);
        command.Options.Add(ttl);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var request = new UpsertDomainRequest
                {
                    Domain = parsed.GetValue(name)!,
                    TtlSeconds = Seconds(parsed.GetValue(ttl) ?? "2m"),
                };
                using var session = client.Open(parsed);
                await session.Domains.UpsertAsync(request, session.Call(cancellationToken));
                client
                    .Printer(parsed)
                    .Note($"{request.Domain}: fresh {(request.TtlSeconds == 0 ? "without expiry" : $"for {request.TtlSeconds}s")}");
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    private static uint Seconds(string text)
    {
        if (text is "0" or "0s")
            return 0;
        return
            Durations.TryParse(text, out var span)
            && span >= TimeSpan.FromSeconds(1)
            && span.Ticks % TimeSpan.TicksPerSecond == 0
            && span.TotalSeconds <= uint.MaxValue
            ? (uint)span.TotalSeconds
            : throw DomainError
                .Invalid("--ttl", $"must be whole seconds, such as 30s or 2m, or 0 for no expiry, not \"{text}\"")
                .ToException();
    }
}
