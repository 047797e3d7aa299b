using System.CommandLine;
using Scheduler.Client.Apply;
using Scheduler.Client.Files;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp rollout</c></summary>
internal static class LrpRolloutCommand
{
    private const string Help = """
        Replace a process by a new version of it, a few instances at a time

        Examples:
          scheduler lrp rollout web -f web.yaml
          scheduler lrp rollout web --image nginx:1.26 --env MODE=new
          scheduler lrp rollout web --restart              (the same version again: new instances without a gap)
          scheduler lrp rollout web -f web.yaml --pause    (stops once the first new instances are available)
          scheduler lrp rollout web --resume               (goes on after --pause, Ctrl-C or a crash of the client)
          scheduler lrp rollout undo web                   (returns to the version before; also during a rollout)

        An instance counts as available once it is RUNNING, its readiness check succeeds, and it has run for --min-healthy. If one crashes
        three times in a row or none becomes available within --progress-timeout, the rollout goes back and the command ends with exit
        code 1. Flags override the file; without a file they change the current version. docs/rollouts.md describes the details.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("rollout").Explain(Help);
        var file = new Option<string?>("--file", "-f")
        {
            Description = "YAML or JSON spec of the new version; - reads stdin",
            HelpName = "FILE",
        };
        var change = new DefinitionFlags();
        var flags = new RolloutFlags();
        var pause = new Option<bool>("--pause") { Description = "Stop after the first step, or stop the rollout under way" };
        var resume = new Option<bool>("--resume") { Description = "Go on with the rollout under way" };
        var restart = new Option<bool>("--restart") { Description = "Replace all instances, also if nothing else changes" };
        change.AddTo(command);
        command.Options.Add(file);
        command.Options.Add(restart);
        flags.AddTo(command);
        command.Options.Add(pause);
        command.Options.Add(resume);
        command.Subcommands.Add(RolloutUndoCommand.Create(client));
        command.Subcommands.Add(RolloutHistoryCommand.Create(client));
        command.Subcommands.Add(RolloutStatusCommand.Create(client));
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var wanted = parsed.GetValue(file) is { } path ? WantedLrp.Read(SpecFile.Load(path)) : null;
                var name =
                    change.Name(parsed)
                    ?? wanted?.Lrp.ProcessGuid
                    ?? throw DomainError.Invalid("NAME", "is required: the process to roll out").ToException();
                var again = parsed.GetValue(restart);
                var isNew = again || wanted is not null || change.AreGiven(parsed);
                var (stops, goesOn) = (parsed.GetValue(pause), parsed.GetValue(resume));
                if (goesOn && (isNew || stops))
                    throw DomainError.Invalid("--resume", "cannot be combined with --pause or a new version").ToException();
                if (!isNew && !stops && !goesOn)
                    throw DomainError
                        .Invalid(
                            "--file",
                            "is required, or one of --image, --env, --memory, --disk, --restart, --pause, --resume or a command after --"
                        )
                        .ToException();
                var times = flags.Times(parsed);
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var app = await App.GetAsync(session, name, cancellationToken);
                if (!isNew)
                    return stops
                        ? await PauseAsync(session, printer, app, cancellationToken)
                        : await ResumeAsync(session, printer, app, times, cancellationToken);

                app.Changeable();
                var lrp = LrpChange.WithCredentials(app.Current, change.Apply(parsed, wanted?.Lrp ?? app.Current));
                if (!again && !LrpChange.Between(app.Current, lrp, keepInstances: true).NeedsVersion)
                    throw new DomainError(
                        ErrorKind.InvalidRequest,
                        $"{name}: the new version would be the same as version {app.Versions?.Current ?? 1}; "
                            + "--restart replaces its instances, apply and lrp update change instances, routes and the like"
                    ).ToException();
                return await StartAsync(
                    session,
                    printer,
                    app,
                    lrp,
                    flags.Plan(
                        parsed,
                        wanted is { HasInstances: true } ? lrp.Instances : null,
                        stops ? RolloutPause.AfterFirst : RolloutPause.None
                    ),
                    times,
                    cancellationToken
                );
            }
        );
        return command;
    }

    /// <summary>Rolls an app out to a new definition.</summary>
    /// <exception cref="DomainException">Another client is faster, the server refuses the definition, or it does not run.</exception>
    public static async Task<int> StartAsync(
        ClientSession session,
        Printer printer,
        App app,
        DesiredLRP wanted,
        Func<App, int, Rollout> plan,
        RolloutTimes times,
        CancellationToken cancellationToken
    )
    {
        await using var held = await RolloutLock.AcquireAsync(session, app.Name, cancellationToken);
        // Another client may have been at work until a moment ago.
        app = (await App.GetAsync(session, app.Name, cancellationToken)).Changeable();
        await RolloutStart.ToNewAsync(session, app, wanted, plan, cancellationToken);
        return await RolloutRun.ToEndAsync(session, printer, app.Name, held, times, isAsked: false, cancellationToken);
    }

    private static async Task<int> PauseAsync(ClientSession session, Printer printer, App app, CancellationToken cancellationToken)
    {
        var rollout = UnderWay(app);
        if (rollout.IsBack)
            throw new DomainError(ErrorKind.InvalidStateTransition, $"{app.Name} goes back, which cannot be paused").ToException();
        // The client that carries it out sees this and ends.
        await app.WriteAsync(session, app.Versions! with { Rollout = rollout with { Pause = RolloutPause.Paused } }, cancellationToken);
        printer.Note($"{app.Name}: paused on the way to version {rollout.To}");
        return ExitCodes.Ok;
    }

    private static async Task<int> ResumeAsync(
        ClientSession session,
        Printer printer,
        App app,
        RolloutTimes times,
        CancellationToken cancellationToken
    )
    {
        UnderWay(app);
        await using var held = await RolloutLock.AcquireAsync(session, app.Name, cancellationToken);
        app = await App.GetAsync(session, app.Name, cancellationToken);
        var rollout = UnderWay(app);
        if (rollout.Pause != RolloutPause.None)
            await app.WriteAsync(session, app.Versions! with { Rollout = rollout with { Pause = RolloutPause.None } }, cancellationToken);
        return await RolloutRun.ToEndAsync(session, printer, app.Name, held, times, isAsked: false, cancellationToken);
    }

    private static Rollout UnderWay(App app) =>
        app.Versions?.Rollout
        ?? throw new DomainError(ErrorKind.InvalidStateTransition, $"no rollout of {app.Name} is under way").ToException();
}
