using System.CommandLine;
using Scheduler.Client.Files;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Client.Specs;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp rollout undo</c></summary>
internal static class RolloutUndoCommand
{
    private const string Help = """
        Return to the version before, or take back the rollout under way

        Examples:
          scheduler lrp rollout undo web
          scheduler lrp rollout undo web --to-version 3

        The version comes back as it was, with its routes; the number of instances stays.
        """;

    /// <summary>How long the client that carries out the rollout may take to notice.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public static Command Create(ClientOptions client)
    {
        var command = new Command("undo").Explain(Help);
        var name = new Argument<string>("NAME") { Description = "Process GUID" };
        var to = new Option<string?>("--to-version")
        {
            Description = "The version to return to, from lrp rollout history (default: the one before)",
            HelpName = "N",
        };
        var flags = new RolloutFlags();
        command.Arguments.Add(name);
        command.Options.Add(to);
        flags.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var number = WorkFlags.Parsed(parsed, to, text => Numbers.TryInt(text, 1), "a whole number of at least 1");
                var (times, plan) = (flags.Times(parsed), flags.Plan(parsed, instances: null, RolloutPause.None));
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var app = await App.GetAsync(session, parsed.GetValue(name)!, cancellationToken);
                if (app.Versions?.Rollout is { } rollout)
                    return number is null || number == rollout.From
                        ? await TakeBackAsync(session, printer, app, rollout, times, cancellationToken)
                        : throw app.UnderWay();

                await using var held = await RolloutLock.AcquireAsync(session, app.Name, cancellationToken);
                app = (await App.GetAsync(session, app.Name, cancellationToken)).Changeable();
                await RolloutStart.ToKeptAsync(session, app, Target(app, number), plan, cancellationToken);
                return await RolloutRun.ToEndAsync(session, printer, app.Name, held, times, isAsked: false, cancellationToken);
            }
        );
        return command;
    }

    private static int Target(App app, int? number)
    {
        if (app.Versions is not { } versions || (number is null && versions.Previous == 0))
            throw new DomainError(ErrorKind.ResourceNotFound, $"{app.Name} has no version before this one").ToException();
        var target = number ?? versions.Previous;
        if (target == versions.Current)
            throw new DomainError(ErrorKind.InvalidStateTransition, $"version {target} of {app.Name} is the current one").ToException();
        return versions.Version(target) is not null
            ? target
            : throw new DomainError(
                ErrorKind.ResourceNotFound,
                $"{app.Name} has no version {target}; it has {string.Join(", ", versions.Versions.Select(version => version.Number))}"
            ).ToException();
    }

    private static async Task<int> TakeBackAsync(
        ClientSession session,
        Printer printer,
        App app,
        Rollout rollout,
        RolloutTimes times,
        CancellationToken cancellationToken
    )
    {
        if (!rollout.IsBack)
            await app.WriteAsync(
                session,
                app.Versions! with
                {
                    Rollout = rollout with { IsBack = true, Pause = RolloutPause.None, Reason = "undone" },
                },
                cancellationToken
            );
        if (await AcquireAsync(session, app.Name, cancellationToken) is not { } held)
        {
            // The other client has gone all the way back meanwhile.
            printer.Note($"{app.Name}: version {rollout.From} runs again");
            return ExitCodes.Ok;
        }

        await using (held)
            return await RolloutRun.ToEndAsync(session, printer, app.Name, held, times, isAsked: true, cancellationToken);
    }

    /// <summary>Waits for another client that goes back with it, which is as good.</summary>
    /// <returns>Null if the rollout is over.</returns>
    private static async Task<RolloutLock?> AcquireAsync(ClientSession session, string name, CancellationToken cancellationToken)
    {
        var began = session.Time.GetTimestamp();
        while (true)
        {
            try
            {
                var held = await RolloutLock.AcquireAsync(session, name, cancellationToken);
                if ((await App.GetAsync(session, name, cancellationToken)).IsRollingOut)
                    return held;
                await held.DisposeAsync();
                return null;
            }
            catch (DomainException taken) when (taken.Kind == ErrorKind.LockCollision && session.Time.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(Look, session.Time, cancellationToken);
            }
        }
    }
}
