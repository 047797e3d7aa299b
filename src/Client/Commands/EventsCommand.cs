using System.CommandLine;
using System.Globalization;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler events</c></summary>
internal static class EventsCommand
{
    private const string Help = """
        Print events in commit order

        Without --follow: the current state as events, or with --after the events since that revision.
        With --follow: new events, or with --after all events since that revision, until interrupted.

        Examples:
          scheduler events --follow
          scheduler events --follow --kind task --json
          scheduler events --after 1042
        """;

    // The server holds the events in memory, so the gap between two of them is a few milliseconds at most.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private static readonly string[] Kinds = ["lrp", "task", "domain", "cell"];

    public static Command Create(ClientOptions client)
    {
        var command = new Command("events").Explain(Help);
        var follow = new Option<bool>("--follow") { Description = "Keep printing until interrupted" };
        var after = new Option<ulong?>("--after")
        {
            Description = "Start after this revision; fails if it is no longer retained",
            HelpName = "REVISION",
        };
        var kinds = new Option<string[]>("--kind")
        {
            Description = "Only events of this kind: lrp, task, domain or cell; may be repeated",
            HelpName = "KIND",
            AllowMultipleArgumentsPerToken = false,
        };
        kinds.AcceptOnlyFromAmong(Kinds);
        var cell = new Option<string?>("--cell")
        {
            Description = "Only LRP instances of this cell; other kinds are not filtered",
            HelpName = "CELL",
        };
        foreach (var option in (Option[])[follow, after, kinds, cell])
            command.Options.Add(option);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var wanted = parsed.GetValue(kinds) is { Length: > 0 } some ? some : Kinds;
                var request = new FollowRequest
                {
                    CellId = parsed.GetValue(cell) ?? "",
                    Lrps = wanted.Contains("lrp"),
                    Tasks = wanted.Contains("task"),
                    DomainsAndCells = wanted.Contains("domain") || wanted.Contains("cell"),
                };
                if (parsed.GetValue(after) is { } revision)
                    request.AfterRevision = revision;
                else
                    request.Snapshot = !parsed.GetValue(follow);

                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                // Without --follow, printing ends at the revision committed now.
                var now =
                    request.HasAfterRevision && !parsed.GetValue(follow)
                        ? (await session.Cells.ListAsync(new ListCellsRequest(), session.Call(cancellationToken))).Revision
                        : null as ulong?;
                // Not an EventFollower, which may repeat events after a lost stream, and starts over with a snapshot when a revision is gone.
                // This command prints each event once and ends with the stream; --after continues it.
                using var call = session.Events.Follow(request, ClientSession.Endless(cancellationToken));
                while (await MoreAsync(call.ResponseStream.MoveNext(cancellationToken), now is not null, session.Time))
                {
                    var one = call.ResponseStream.Current;
                    if (one.Revision > now)
                        return ExitCodes.Ok;
                    if (wanted.Contains(EventTexts.Kind(one)))
                        Print(one, printer);
                    else if (request.Snapshot ? one.PayloadCase == Event.PayloadOneofCase.SnapshotComplete : one.Revision >= now)
                        return ExitCodes.Ok;
                }

                return ExitCodes.Ok;
            }
        );
        return client.On(command);
    }

    // The events of the last commit may be filtered out, so the end can only be detected by a pause in the stream.
    private static async Task<bool> MoreAsync(Task<bool> next, bool isBounded, TimeProvider time)
    {
        try
        {
            return isBounded ? await next.WaitAsync(Silence, time) : await next;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static void Print(Event one, Output.Printer printer)
    {
        if (printer.IsJson)
            printer.Json(EventTexts.Json(one));
        else
            printer.Line(
                $"{one.Revision.ToString(CultureInfo.InvariantCulture).PadRight(8)} {EventTexts.Name(one).PadRight(28)} {EventTexts.Describe(one)}".TrimEnd()
            );
    }
}
