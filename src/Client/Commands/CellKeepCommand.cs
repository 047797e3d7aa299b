using System.CommandLine;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler cell keep</c></summary>
internal static class CellKeepCommand
{
    private const string Help = """
        Keep absent cells from being given up: their work is not replaced until the time is up or the cell returns

        Use it when you know that a network or a rack will come back. Repeat it to extend the time; "--for 1s" withdraws it,
        "cell lose" gives the cell up after all. Cells that are already lost stay lost.

        Examples:
          scheduler cell keep cell-3 --for 30m
          scheduler cell keep --all
        """;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    public static Command Create(ClientOptions client)
    {
        var command = new Command("keep").Explain(Help);
        var meant = new CellSelection();
        var time = new Option<string>("--for")
        {
            Description = "Time to keep them, in whole seconds, such as 30m or 4h; at most 168h (default: 4h)",
            HelpName = "DURATION",
        };
        meant.AddTo(command);
        command.Options.Add(time);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var (cells, all) = meant.Read(parsed);
                var request = new KeepCellsRequest
                {
                    CellIds = { cells },
                    All = all,
                    DurationSeconds = Seconds(parsed.GetValue(time)),
                };
                using var session = client.Open(parsed);
                var response = await session.Cells.KeepAsync(request, session.Call(cancellationToken));
                CellSelection.Report(client.Printer(parsed), response.Cells, cell => $"kept until {Texts.Local(cell.KeepUntil)}");
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    // 0 selects the server's default.
    private static uint Seconds(string? text)
    {
        if (text is null)
            return 0;
        return
            Durations.TryParse(text, out var span)
            && span >= TimeSpan.FromSeconds(1)
            && span <= Longest
            && span.Ticks % TimeSpan.TicksPerSecond == 0
            ? (uint)span.TotalSeconds
            : throw DomainError.Invalid("--for", $"must be whole seconds from 1s to 168h, such as 30m or 4h, not \"{text}\"").ToException();
    }
}
