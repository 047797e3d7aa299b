using System.CommandLine;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>--wait</c>: the command returns once its request has taken effect.</summary>
internal sealed class WaitFlags
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(2);

    private readonly Option<bool> _wait;
    private readonly Option<string?> _limit = new("--wait-timeout") { Description = "Maximum wait (default: 2m)", HelpName = "DURATION" };

    public WaitFlags(string until) => _wait = new Option<bool>("--wait") { Description = $"Wait until {until}" };

    public void AddTo(Command command)
    {
        command.Options.Add(_wait);
        AddLimitTo(command);
    }

    /// <summary>For a command whose only purpose is to wait.</summary>
    public void AddLimitTo(Command command) => command.Options.Add(_limit);

    public bool IsAsked(ParseResult parsed) => parsed.GetValue(_wait);

    public TimeSpan Limit(ParseResult parsed) =>
        Specs.WorkFlags.Parsed(
            parsed,
            _limit,
            text => Durations.TryParse(text, out var value) ? value : null as TimeSpan?,
            "a duration above 0 such as 30s or 5m"
        ) ?? DefaultLimit;

    /// <summary>Waits until exactly the indices below <paramref name="instances"/> run and are routable.</summary>
    /// <param name="name">What people call the process; null for its guid.</param>
    public async Task UntilRunningAsync(
        ParseResult parsed,
        ClientSession session,
        Printer printer,
        string processGuid,
        int instances,
        CancellationToken cancellationToken,
        string? name = null
    )
    {
        if (!IsAsked(parsed))
            return;
        await printer.WatchAsync(progress =>
            PullWatch.DuringAsync(
                session,
                progress,
                show =>
                    session.Watch.UntilAsync(
                        processGuid,
                        rows =>
                        {
                            var (done, text) = Look(rows, name ?? processGuid, instances);
                            show(text, Claimed(rows));
                            return done;
                        },
                        Limit(parsed),
                        cancellationToken
                    ),
                cancellationToken
            )
        );
    }

    public async Task UntilGoneAsync(
        ParseResult parsed,
        ClientSession session,
        Printer printer,
        string processGuid,
        CancellationToken cancellationToken
    )
    {
        if (!IsAsked(parsed))
            return;
        await printer.WatchAsync(async progress =>
        {
            await session.Watch.UntilAsync(
                processGuid,
                rows =>
                {
                    progress(rows.Count == 0 ? $"{processGuid}: gone" : $"{processGuid}: {rows.Count} left");
                    return rows.Count == 0;
                },
                Limit(parsed),
                cancellationToken
            );
            return true;
        });
    }

    private static IEnumerable<(string Container, string Cell)> Claimed(IReadOnlyList<ActualLRP> rows) =>
        rows.Where(row => row.State == ActualLrpStateNames.Claimed)
            .Select(row => (row.ActualLrpInstanceKey.InstanceGuid, row.ActualLrpInstanceKey.CellId));

    private static (bool Done, string Progress) Look(IReadOnlyList<ActualLRP> rows, string name, int instances)
    {
        var running = rows.Where(row =>
                row.State == ActualLrpStateNames.Running && row.ActualLrpKey.Index < instances && !(row.HasRoutable && !row.Routable)
            )
            .Select(row => row.ActualLrpKey.Index)
            .Distinct()
            .Count();
        var surplus = rows.Count(row => row.ActualLrpKey.Index >= instances);
        var trouble = rows.Select(row => Texts.Remark(row)).FirstOrDefault(remark => remark.Length > 0);
        var text =
            $"{name}: {running}/{instances} running{(surplus > 0 ? $", {surplus} to stop" : "")}{(trouble is null ? "" : $" ({trouble})")}";
        return (running == instances && surplus == 0, text);
    }
}
