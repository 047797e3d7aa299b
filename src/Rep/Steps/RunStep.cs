using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Steps;

/// <summary>
/// Runs a process in the container. Its id is its position in the tree, so a restarted rep attaches to the existing process.
/// </summary>
internal sealed class RunStep(StepContext context, RunAction action, string processId, string logSource, bool quiet) : Step
{
    public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
    {
        IContainerProcess? process;
        try
        {
            // After a stop request the process must not start; it may have started before a restart, so look for it.
            process = stop.IsRequested
                ? await context.Runtime.FindProcessAsync(context.Handle, processId, detach)
                : await context.Runtime.StartProcessAsync(context.Handle, processId, Spec(), detach);
        }
        catch (Exception failure) when (failure is ContainerRuntimeException or DomainException)
        {
            Say($"failed-creating-process: {failure.Message}");
            return failure is ProcessStartException { IsPermanent: true } or DomainException { Kind: ErrorKind.InvalidRequest }
                ? StepResult.FailedForGood(failure.Message)
                : StepResult.Failed(failure.Message);
        }

        if (process is null)
            return StepResult.Of(StepError.Cancelled);

        if (!quiet)
            context.Log.Add(new LoggedProcess(processId, logSource));
        ready();
        await Waits.EitherAsync(process.Exit, stop.Requested, detach);
        if (process.Exit.IsCompleted && !stop.IsRequested)
            return await EndedAsync(await process.Exit);

        return await StopAsync(process, stop.At, detach);
    }

    private async Task<StepResult> StopAsync(IContainerProcess process, DateTimeOffset askedAt, CancellationToken detach)
    {
        // Also true if an earlier rep killed it.
        var killed = context.Journal.HasMark($"{processId}.killed");
        if (!process.Exit.IsCompleted)
        {
            // A restarted rep goes on waiting, because the time of the request is kept.
            var signalAt = askedAt + context.StopDelay;
            await Waits.EndsWithinAsync(process.Exit, signalAt - context.Time.GetUtcNow(), context.Time, detach);
            await TerminateAsync(process, detach);
            var grace = signalAt + context.Grace - context.Time.GetUtcNow();
            if (!await Waits.EndsWithinAsync(process.Exit, grace, context.Time, detach))
            {
                killed = true;
                if (await context.Journal.MarkAsync($"{processId}.killed", context.Time.GetUtcNow()))
                    context.KilledAfterGrace();
                await process.SignalAsync(ProcessSignal.Kill, detach);
                if (!await Waits.EndsWithinAsync(process.Exit, context.KillWait, context.Time, detach))
                    return StepResult.Failed("process did not exit");
            }
        }

        await SayExitAsync(await process.Exit, killed ? $" (exceeded {GoDuration.Format(context.Grace)} graceful shutdown interval)" : "");
        return StepResult.Of(killed ? StepError.KilledAfterGrace : StepError.Cancelled);
    }

    /// <summary>Signals once, even across a restart: many servers abort all requests on a second signal.</summary>
    private async Task TerminateAsync(IContainerProcess process, CancellationToken detach)
    {
        var key = $"{processId}.terminated";
        if (context.Journal.HasMark(key))
            return;
        await process.SignalAsync(context.StopSignal, detach);
        await context.Journal.MarkAsync(key, context.Time.GetUtcNow());
    }

    private async Task<StepResult> EndedAsync(ProcessExit exit)
    {
        if (exit.Lost)
            return StepResult.Failed(ExitReasons.MissingContainer);
        if (exit.StartFailure is { } why)
        {
            if (await context.Journal.MarkAsync($"{processId}.exit", context.Time.GetUtcNow()))
                Say($"failed-creating-process: {why}");
            return StepResult.FailedForGood(why);
        }

        var outOfMemory = exit.OutOfMemory && exit.Code != 0 ? " (out of memory)" : "";
        await SayExitAsync(exit, outOfMemory);
        return exit.Code == 0 ? StepResult.Success : StepResult.Failed($"{logSource}: Exited with status {exit.Code}{outOfMemory}");
    }

    /// <summary>Logs the exit once per process, even if a restarted rep sees it again.</summary>
    private async Task SayExitAsync(ProcessExit exit, string suffix)
    {
        if (!exit.Lost && await context.Journal.MarkAsync($"{processId}.exit", context.Time.GetUtcNow()))
            Say($"Exit status {exit.Code}{suffix}");
    }

    private void Say(string line)
    {
        if (!quiet)
            context.Log.Say(logSource, Runtime.LogStream.Stdout, line);
    }

    private ProcessSpec Spec() =>
        new()
        {
            Path = action.Path,
            Args = [.. action.Args],
            Dir = action.Dir,
            User = action.User,
            Environment =
            [
                .. action.Env.Select(variable => new Runtime.EnvironmentVariable(variable.Name, variable.Value)),
                .. context.Environment,
            ],
            OpenFiles = action.ResourceLimits is { HasNofile: true } limits ? (long)Math.Min(limits.Nofile, long.MaxValue) : 0,
        };
}
