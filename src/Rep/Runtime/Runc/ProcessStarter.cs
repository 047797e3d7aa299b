using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Starts each process under its own conmon, and finds processes started earlier. conmon's messages to its parent go to a file instead
/// of a pipe: no parent has to be running to read them, and a later one still can.
/// </summary>
internal sealed class ProcessStarter(ProcessTools machine, Action<ContainerRecord, ContainerPaths, JsonObject>? writeConfig = null)
{
    /// <summary>
    /// Interval between checks of the supervisor until it reports the start. It exits without a report only if it crashes.
    /// </summary>
    private static readonly TimeSpan LaunchCheck = TimeSpan.FromMilliseconds(200);

    /// <summary>The process in that directory if it was ever started; cleans up after a failed start.</summary>
    public async Task<ConmonProcess?> FindAsync(string id, ContainerPaths container, CancellationToken cancellation)
    {
        var paths = container.Process(id);
        if (RecordFile.Read(paths.Start, RecordJson.Default.ProcessStart) is not { } start)
        {
            // The start record is written first: without it nothing else happened.
            if (Directory.Exists(paths.Root))
                Directory.Delete(paths.Root, recursive: true);
            return null;
        }

        var launch = await AwaitLaunchAsync(paths, cancellation);
        if (launch.Pid is { } pid)
            return Attach(id, container, pid, start);
        Directory.Delete(paths.Root, recursive: true);
        return null;
    }

    /// <param name="first">The process is the one that runc starts the container with, whose configuration is written first.</param>
    /// <exception cref="ProcessStartException">runc failed to start the process; the message explains why.</exception>
    public async Task<ConmonProcess> StartAsync(
        string id,
        ContainerRecord record,
        ContainerPaths container,
        ProcessSpec spec,
        bool first,
        CancellationToken cancellation
    )
    {
        var prepared = PreparedProcess.Of(machine, record, container, spec, terminal: false);
        var paths = container.Process(id);
        Directory.CreateDirectory(paths.Root);
        try
        {
            if (first)
                writeConfig!(record, container, prepared.Config);
            else
                PrivateFile.Write(paths.Spec, Encoding.UTF8.GetBytes(prepared.Config.ToJsonString()));
            var start = new ProcessStart(machine.Time.GetUtcNow(), machine.Cgroups.OutOfMemoryKills(container.Cgroup) ?? 0);
            RecordFile.Write(paths.Start, start, RecordJson.Default.ProcessStart);

            // Not cancellable from here on: if a start were abandoned half-way, it would be unknown whether the process runs.
            await LaunchAsync(record.RuncId, paths, first ? container : null, record.Users?.OnHost(prepared.User.Uid));
            var launch = await AwaitLaunchAsync(paths, CancellationToken.None);
            if (launch.Pid is { } pid)
                return Attach(id, container, pid, start);
            throw new ProcessStartException(prepared.Explain(launch.Failure!));
        }
        catch
        {
            GiveUp(paths);
            if (first)
                await DeleteAsync(record.RuncId);
            throw;
        }
    }

    /// <summary>No process may be left that runs or starts later: the caller treats this process as not started.</summary>
    private static void GiveUp(ProcessPaths paths)
    {
        if (ConmonProcess.Supervisor(paths) is { } supervisor)
        {
            if (ReadSync(paths.Sync)?.Pid is { } pid && ProcessIdentity.Of(pid) is { } process)
                Native.Signal(process, (int)ProcessSignal.Kill);
            Native.Signal(supervisor, (int)ProcessSignal.Kill);
        }

        Directory.Delete(paths.Root, recursive: true);
    }

    private ConmonProcess Attach(string id, ContainerPaths container, int pid, ProcessStart start) =>
        new(id, container.Process(id), pid, start, () => machine.Cgroups.OutOfMemoryKills(container.Cgroup), machine.Hub);

    /// <summary>Removes what a failed start of the whole container left at runc.</summary>
    private async Task DeleteAsync(string id)
    {
        if (Directory.Exists(Path.Combine(machine.RuncRoot, id)))
            await machine.Commands.RunCheckedAsync(
                machine.Runc,
                ["--root", machine.RuncRoot, "delete", "--force", id],
                CancellationToken.None
            );
    }

    /// <param name="starting">The container, if runc is to start it with this process; null: it runs.</param>
    /// <param name="owner">The host id of the process's user, if the container has a user namespace.</param>
    private async Task LaunchAsync(string id, ProcessPaths paths, ContainerPaths? starting, uint? owner)
    {
        var (runtime, before) =
            starting is not null ? Running(id, paths, starting, owner)
            : owner is { } user ? GivingStreamsTo(user)
            : (machine.Runc, []);

        string[] how = ["--root", machine.RuncRoot, "--log-format", "json"];
        await Conmon.StartAsync(machine, id, runtime, before.Concat(how), paths, paths.Sync);
    }

    /// <summary>
    /// Changes the owner of conmon's pipes just before runc starts. They belong to the host's root, and runc may not give them to a user
    /// of another user namespace. The process could write to them but not open them, so <c>/dev/stdout</c>, which many servers log to,
    /// would fail.
    /// </summary>
    private (string Program, string[] Arguments) GivingStreamsTo(uint user)
    {
        return (machine.Busybox, ["sh", "-c", $"{Giving(user)}exec \"$0\" \"$@\"", machine.Runc]);
    }

    /// <summary>
    /// Has runc start the container, with the process in its configuration, where conmon asks to have a process started in it. conmon's
    /// own words follow as further arguments, without effect.
    /// </summary>
    private (string Program, string[] Arguments) Running(string id, ProcessPaths paths, ContainerPaths container, uint? user)
    {
        const string run = "exec \"$0\" --root \"$1\" --log-format json run --detach --bundle \"$2\" --pid-file \"$3\" \"$4\"";
        string[] arguments = [machine.Runc, machine.RuncRoot, container.Root, paths.Pid, id];
        return (machine.Busybox, ["sh", "-c", (user is { } owner ? Giving(owner) : "") + run, .. arguments]);
    }

    private static string Giving(uint user) =>
        string.Create(CultureInfo.InvariantCulture, $"chown {user}:{user} /proc/self/fd/1 /proc/self/fd/2; ");

    /// <summary>Waits for conmon's report of the start. A launch that never happened has no supervisor and no report.</summary>
    private async Task<Launch> AwaitLaunchAsync(ProcessPaths paths, CancellationToken cancellation)
    {
        if (ReadSync(paths.Sync) is { } told)
            return told;

        // Never disposed: the hub may still release it while the watch ends.
        var changed = new SemaphoreSlim(0);
        using var watch = machine.Hub.Watch(paths.Root, () => changed.Release());
        var deadline = machine.Time.GetUtcNow() + machine.Options.CommandTimeout;
        while (true)
        {
            var supervised = ConmonProcess.IsSupervised(paths);
            if (ReadSync(paths.Sync) is { } now)
                return now;
            if (!supervised)
                return new Launch(null, $"the process was not started: {RuncMessages.Read(paths.ConmonError)}");
            if (machine.Time.GetUtcNow() >= deadline)
                throw new ContainerRuntimeException($"runc exec did not finish within {machine.Options.CommandTimeout}");
            await WaitAsync(changed, cancellation);
        }
    }

    private async Task WaitAsync(SemaphoreSlim changed, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(LaunchCheck, machine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            await changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // time to check the supervisor again
        }
    }

    /// <summary>
    /// The first message: <c>{"data": pid}</c>, or <c>{"data": -1, "message": "…"}</c>; null while there is no complete line.
    /// </summary>
    private static Launch? ReadSync(string path)
    {
        if (!File.Exists(path))
            return null;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.UTF8);
        var text = reader.ReadToEnd();
        var end = text.IndexOf('\n');
        if (end < 0)
            return null;
        try
        {
            using var message = JsonDocument.Parse(text.AsMemory(0, end));
            var data = message.RootElement.GetProperty("data").GetInt32();
            if (data > 0)
                return new Launch(data, null);
            var why = message.RootElement.TryGetProperty("message", out var said) ? said.GetString()! : "runc gave no reason";
            return new Launch(null, RuncMessages.Extract(why));
        }
        catch (JsonException)
        {
            // conmon 2.1.6 does not escape everything that JSON requires; the message is readable nevertheless.
            return new Launch(null, RuncMessages.Extract(text[..end]));
        }
    }

    private sealed record Launch(int? Pid, string? Failure);
}
