using System.CommandLine;
using Scheduler.Client.Access;
using Scheduler.Client.Output;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler top</c></summary>
internal static class TopCommand
{
    private const string Help = """
        Show what running instances and tasks use

        Examples:
          scheduler top                 (all, refreshed until Ctrl-C)
          scheduler top web --interval 5s
          scheduler top web/0 --once --json

        CPU is percent of one processor over the interval. Memory and disk are used/limit, network is the sum since the container began.
        On a terminal the table is refreshed in place; otherwise, and with --once, it is printed once, after one interval.
        --json prints one object per line and instance.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("top").Explain(Help);
        var name = new Argument<InstanceName?>("NAME[/INDEX]")
        {
            Description = "Process GUID, one of its instances, or task GUID (default: all)",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => result.Tokens.Count == 0 ? null : InstanceName.Parse(result),
        };
        var once = new Option<bool>("--once") { Description = "Print once and end" };
        var interval = new Option<string>("--interval")
        {
            Description = "Time between measurements, such as 2s",
            HelpName = "DURATION",
            DefaultValueFactory = _ => "2s",
        };
        command.Arguments.Add(name);
        command.Options.Add(once);
        command.Options.Add(interval);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                if (!Durations.TryParse(parsed.GetValue(interval)!, out var pause) || pause > TimeSpan.FromHours(1))
                    throw DomainError
                        .Invalid("--interval", $"must be a duration above 0 and up to 1h such as 2s, not \"{parsed.GetValue(interval)}\"")
                        .ToException();
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var target = parsed.GetValue(name);
                // Says what is wrong with a name that is.
                if (target is { Index: not null })
                    await InstanceTarget.FindAsync(session, target, cancellationToken);
                var reader = new UsageReader(session, target);
                var (found, _) = await reader.ReadAsync(cancellationToken);
                if (target is not null && found.Count == 0)
                    await InstanceTarget.FindAsync(session, target with { Index = null }, cancellationToken);
                var repeats = printer.IsTerminal && !parsed.GetValue(once);
                var screen = new Redraw(printer.Out);
                do
                {
                    await Task.Delay(pause, session.Time, cancellationToken);
                    var (samples, silent) = await reader.ReadAsync(cancellationToken);
                    Print(printer, repeats ? screen : null, samples, silent, session.Time);
                } while (repeats);

                return ExitCodes.Ok;
            }
        );
        return client.On(command);
    }

    private static void Print(
        Printer printer,
        Redraw? screen,
        IReadOnlyList<UsageSample> samples,
        IReadOnlyList<string> silent,
        TimeProvider time
    )
    {
        if (printer.IsJson)
        {
            foreach (var sample in samples)
                printer.Json(sample.ToJson());
            Complain(printer.Aside);
            return;
        }

        if (screen is null)
        {
            printer.Table(UsageSample.Columns, [.. samples.Select(sample => sample.ToRow())]);
            Complain(printer.Aside);
            return;
        }

        using var drawn = new StringWriter();
        new Printer(drawn, drawn, json: false, time).Table(UsageSample.Columns, [.. samples.Select(sample => sample.ToRow())]);
        Complain(drawn.WriteLine);
        screen.Draw(drawn.ToString().TrimEnd('\n').Split('\n'));

        void Complain(Action<string> say)
        {
            if (silent.Count > 0)
                say($"could not ask {string.Join(", ", silent.Distinct())}");
        }
    }
}
