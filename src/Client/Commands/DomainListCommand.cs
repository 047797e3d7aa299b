using System.CommandLine;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler domain list</c></summary>
internal static class DomainListCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("list", "List fresh domains; --json prints one name per line");
        command.Aliases.Add("ls");
        command.MayBePaged();
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var domains = (await session.Domains.ListAsync(new ListDomainsRequest(), session.Call(cancellationToken)))
                    .Domains.OrderBy(domain => domain.Domain, StringComparer.Ordinal)
                    .ToArray();
                if (printer.IsJson)
                {
                    foreach (var domain in domains)
                        printer.Json(System.Text.Json.Nodes.JsonValue.Create(domain.Domain));
                    return ExitCodes.Ok;
                }

                var now = session.Time.GetUtcNow();
                printer.Table(
                    ["DOMAIN", "EXPIRES IN"],
                    [.. domains.Select(domain => new[] { domain.Domain, domain.ExpiresAt == 0 ? "never" : Left(domain.ExpiresAt, now) })]
                );
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    private static string Left(long expiresAt, DateTimeOffset now)
    {
        var left = UnixNanos.ToTime(expiresAt) - now;
        return left > TimeSpan.Zero ? Texts.Span(left) : "0s";
    }
}
