using System.CommandLine;
using System.Globalization;
using Scheduler.Contracts.V1;

namespace Scheduler.Cli.Client.Commands;

/// <summary><c>scheduler events</c></summary>
internal static class EventsCommand
{
    private const string Help = """
        Print what happens, in the order in which it was decided

        Without --follow: the present state as events, or with --after what has happened since that revision.
        With --follow: what happens from now on, or from --after on, until interrupted.

        Examples:
          scheduler events --follow
          scheduler events --follow --kind task --json
          scheduler events --after 1042
        """;

    private static readonly string[] Kinds = ["lrp", "task", "domain", "cell"];

    public static Command Create(ClientOptions client)
    {
        var command = new Command("events").Explain(Help);
        var follow = new Option<bool>("--follow") { Description = "Go on until interrupted" };
        var after = new Option<ulong?>("--after") { Description = "Begin after this revision; an error when it is too long ago", HelpName = "REVISION" };
        var kinds = new Option<string[]>("--kind") { Description = "Only lrp, task, domain or cell; may be repeated", HelpName = "KIND", AllowMultipleArgumentsPerToken = false };
        kinds.AcceptOnlyFromAmong(Kinds);
        var cell = new Option<string?>("--cell") { Description = "Of LRP instances, only those of this cell", HelpName = "CELL" };
        foreach (var option in (Option[])[follow, after, kinds, cell])
            command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
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
            using var call = session.Events.Follow(request, ClientSession.Endless(cancellationToken));
            while (await call.ResponseStream.MoveNext(cancellationToken))
            {
                var one = call.ResponseStream.Current;
                if (wanted.Contains(EventTexts.Kind(one)))
                    Print(one, printer);
                // Both mean that what came before is all that there is.
                else if (!parsed.GetValue(follow) && one.PayloadCase is (Event.PayloadOneofCase.SnapshotComplete or Event.PayloadOneofCase.Heartbeat))
                    return ExitCodes.Ok;
            }

            return ExitCodes.Ok;
        });
        return client.On(command);
    }

    private static void Print(Event one, Output.Printer printer)
    {
        if (printer.IsJson)
            printer.Json(EventTexts.Json(one));
        else
            printer.Line(string.Create(CultureInfo.InvariantCulture, $"{one.Revision,-8} {EventTexts.Name(one),-28} {EventTexts.Describe(one)}").TrimEnd());
    }
}
