using System.CommandLine;
using Scheduler.Client.Apply;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary>Creates an LRP, updates it in place, or rolls out a new version.</summary>
internal sealed class ApplyLrpStep : ApplyStep
{
    private readonly WantedLrp _wanted;
    private readonly App? _app;
    private readonly LrpChange? _change;
    private readonly RolloutFlags _flags;
    private readonly WaitFlags _wait;

    /// <param name="wanted">What the document says.</param>
    /// <param name="app">What there is; null to create it.</param>
    public ApplyLrpStep(WantedLrp wanted, App? app, RolloutFlags flags, WaitFlags wait)
    {
        (_app, _flags, _wait) = (app, flags, wait);
        _wanted = app is null ? wanted : wanted with { Lrp = LrpChange.WithCredentials(app.Current, wanted.Lrp) };
        _change = app is null ? null : LrpChange.Between(app.Current, _wanted.Lrp, !_wanted.HasInstances);
    }

    public override WantedWork Wanted => _wanted;

    public override bool IsNone => _change is { IsNone: true };

    public override string Intent =>
        _change switch
        {
            null => "would be created",
            { IsNone: true } => "unchanged",
            { NeedsVersion: true } => "would be rolled out to a new version",
            _ => "would be updated in place",
        };

    /// <summary>The LRP of the current version.</summary>
    private string Guid => _app?.Current.ProcessGuid ?? _wanted.Name;

    private int Instances => _app is null || _wanted.HasInstances ? _wanted.Lrp.Instances : _app.Current.Instances;

    public override IReadOnlyList<string> Diff() => IsNone ? [] : LrpDiff.Lines(_app?.Current, _wanted.Lrp, !_wanted.HasInstances);

    public override void EnsurePossible() => _app?.Changeable();

    public override async Task<string> ApplyAsync(
        ClientSession session,
        Printer printer,
        ParseResult parsed,
        CancellationToken cancellationToken
    )
    {
        if (_change is not { } change)
        {
            await session.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = _wanted.Lrp }, session.Call(cancellationToken));
            return "created";
        }

        if (change.NeedsVersion)
        {
            var plan = _flags.Plan(parsed, _wanted.HasInstances ? _wanted.Lrp.Instances : null, RolloutPause.None);
            await LrpRolloutCommand.StartAsync(session, printer, _app!, _wanted.Lrp, plan, _flags.Times(parsed), cancellationToken);
            return "updated (new version)";
        }

        if (change.Update is not { } update)
            return "unchanged";
        await session.DesiredLrps.UpdateAsync(
            new UpdateDesiredLRPRequest { ProcessGuid = Guid, Update = update },
            session.Call(cancellationToken)
        );
        return $"updated ({string.Join(", ", change.Fields)})";
    }

    public override async Task<int> WaitAsync(
        ClientSession session,
        Printer printer,
        ParseResult parsed,
        CancellationToken cancellationToken
    )
    {
        // A rollout has waited already.
        if (_change is not { NeedsVersion: true })
            await _wait.UntilRunningAsync(parsed, session, printer, Guid, Instances, cancellationToken, _wanted.Name);
        return ExitCodes.Ok;
    }
}
