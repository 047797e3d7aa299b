using System.Globalization;
using System.Text;
using Grpc.Core;
using Scheduler.Rep.Runtime.Containerd.Api;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Containerd;

/// <summary>
/// containerd, with its shim for runc: the shims outlive the rep and containerd. A container's first process only waits, and every process of
/// the caller is added to it, so that its end does not end the others.
/// </summary>
internal sealed class ContainerdEngine(CellMachine machine, ContainerdClient client, ContainerdOptions options) : IContainerEngine
{
    /// <summary>How long containerd may take to end the shim of a container that it no longer has. Killed sooner, it would leave files.</summary>
    private static readonly TimeSpan ShimGrace = TimeSpan.FromSeconds(5);

    private readonly OutputKeeper _output = new(machine);

    public string Name => "containerd";

    /// <summary>A shim kills all that runs in a container when the process that it was started with ends.</summary>
    public bool JoinsPidNamespaces => false;

    public string RuncRoot => Path.Combine(machine.Paths.Runc, options.Namespace);

    public string NameOf(string handle) => ContainerdNames.OfContainer(Path.GetFileName(machine.Paths.Cgroup), handle);

    public async Task CheckAsync(CancellationToken cancellation) =>
        machine.Log.ContainerdFound(await client.CheckAsync(cancellation), options.Address, options.Namespace);

    public bool IsStarted(string handle) => Directory.Exists(Path.Combine(RuncRoot, NameOf(handle)));

    public async Task<ProcessIdentity> RunWaitingAsync(ContainerRecord record, ContainerPaths paths, CancellationToken cancellation)
    {
        var handle = record.Spec.Handle;
        var root = record.Users?.OnHost(0) ?? 0;
        var labels = new Dictionary<string, string> { ["scheduler/handle"] = handle, ["scheduler/cell"] = machine.Paths.State };
        // The streams' pipes belong to the container's root: runc gives them to the user of each process.
        var shim = new Options
        {
            IoUid = root,
            IoGid = root,
            BinaryName = machine.Runc,
            Root = machine.Paths.Runc,
        };
        try
        {
            var config = await File.ReadAllBytesAsync(paths.Config, cancellation);
            var pid = await client.RunAsync(NameOf(handle), config, labels, shim, cancellation);
            return ProcessIdentity.Of(pid)
                ?? throw new ContainerRuntimeException($"the first process of container {handle} exited immediately");
        }
        catch (ContainerdException failure)
        {
            throw new ContainerRuntimeException($"containerd could not start container {handle}: {failure.Message}", failure);
        }
    }

    public async Task<SupervisedProcess?> FindAsync(string handle, string id, ContainerPaths container, CancellationToken cancellation)
    {
        var paths = container.Process(id);
        if (ProcessStart.Read(paths) is not { } start)
        {
            // The start record is written first: without it nothing else happened.
            if (Directory.Exists(paths.Root))
                Directory.Delete(paths.Root, recursive: true);
            return null;
        }

        if (ReadPid(paths) is { } pid)
            return Attach(handle, id, container, pid, start);

        // A rep ended, or containerd did not answer, in the middle of the start.
        var found = await client.FindAsync(NameOf(handle), ContainerdNames.OfProcess(id), cancellation);
        if (found is { Pid: > 0, Status: not ProcessStatus.Created })
            return Attach(handle, id, container, Record(paths, (int)found.Pid), start);
        await GiveUpAsync(handle, id, paths, cancellation);
        return null;
    }

    public async Task<SupervisedProcess> StartAsync(
        string id,
        ContainerRecord record,
        ContainerPaths container,
        ProcessSpec spec,
        bool first,
        CancellationToken cancellation
    )
    {
        var prepared = PreparedProcess.Of(machine, record, container, spec, terminal: false);
        var (handle, paths) = (record.Spec.Handle, container.Process(id));
        var (name, process) = (NameOf(handle), ContainerdNames.OfProcess(id));
        Directory.CreateDirectory(paths.Root);
        var start = new ProcessStart(machine.Time.GetUtcNow(), machine.Cgroups.OutOfMemoryKills(container.Cgroup) ?? 0);
        start.Write(paths);
        try
        {
            // Not cancellable from here on: if a start were abandoned half-way, it would be unknown whether the process runs.
            await _output.StartAsync(handle, paths);
            var (output, error) = OutputKeeper.Pipes(paths);
            var config = Encoding.UTF8.GetBytes(prepared.Config.ToJsonString());
            await client.AddProcessAsync(name, process, config, output, error, CancellationToken.None);
            var pid = await client.StartProcessAsync(name, process, CancellationToken.None);
            return Attach(handle, id, container, Record(paths, pid), start);
        }
        catch (ContainerdException failure) when (failure.Code is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            // It may run or not: whoever asks next finds out.
            throw;
        }
        catch (Exception failure)
        {
            await GiveUpAsync(handle, id, paths, CancellationToken.None);
            if (failure is ContainerdException refused && RuncFailure(refused.Message) is { } why)
                throw new ProcessStartException(prepared.Explain(why), failure);
            throw;
        }
    }

    public async Task RemoveAsync(string handle, CancellationToken cancellation)
    {
        await client.RemoveAsync(NameOf(handle), cancellation);
        await EndShimsAsync(NameOf(handle), cancellation);
        var paths = machine.Paths.Container(handle);
        if (!Directory.Exists(paths.Processes))
            return;

        // Nobody writes to the pipes any more: what has not ended by now was never started.
        foreach (var directory in Directory.GetDirectories(paths.Processes))
            Wake(new ProcessPaths(directory));
    }

    /// <summary>
    /// Waits for shims that containerd is about to end, and kills those that it does not know: when a rep is killed while it creates a
    /// container, containerd gives up and removes what it has of it, but not always the shim that it has started.
    /// </summary>
    private async Task EndShimsAsync(string name, CancellationToken cancellation)
    {
        // So containerd starts a shim that stays. The calls with which it cleans up have their words in another order.
        var words = $"\0-namespace\0{options.Namespace}\0-id\0{name}\0-address\0";
        var grace = machine.Options.KillTimeout / 2;
        var deadline = machine.Time.GetUtcNow() + (grace < ShimGrace ? grace : ShimGrace);
        await new ContainerRemains(machine).UntilAsync(HaveEnded, $"the shim of container {name} did not end", cancellation);

        bool HaveEnded()
        {
            var shims = ProcessIdentity.Named(line => line.Contains(words, StringComparison.Ordinal)).ToList();
            foreach (var pid in shims)
            {
                if (machine.Time.GetUtcNow() >= deadline && ProcessIdentity.Of(pid) is { } shim)
                    Native.Signal(shim, (int)ProcessSignal.Kill);
            }

            return shims.Count == 0;
        }
    }

    public Task CleanUpAsync(CancellationToken cancellation) => client.RemoveNamespaceAsync(cancellation);

    private ContainerdProcess Attach(string handle, string id, ContainerPaths container, int pid, ProcessStart start) =>
        new(client, machine, options.Retry, id, container, NameOf(handle), ContainerdNames.OfProcess(id), pid, start);

    /// <summary>Undoes a start. Nothing may be left that runs or starts later: the caller treats this process as not started.</summary>
    private async Task GiveUpAsync(string handle, string id, ProcessPaths paths, CancellationToken cancellation)
    {
        await client.RemoveProcessAsync(NameOf(handle), ContainerdNames.OfProcess(id), cancellation);
        OutputKeeper.Kill(paths);
        Directory.Delete(paths.Root, recursive: true);
    }

    /// <summary>Lets whoever waits for a writer of a pipe see its end.</summary>
    private static void Wake(ProcessPaths paths)
    {
        var (output, error) = OutputKeeper.Pipes(paths);
        foreach (var pipe in (string[])[output, error])
        {
            if (File.Exists(pipe))
                File.OpenHandle(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
    }

    /// <summary>The pid of a process that was started; the keeper of its output has a file of its own.</summary>
    private static int? ReadPid(ProcessPaths paths) =>
        File.Exists(Started(paths))
        && int.TryParse(File.ReadAllText(Started(paths)), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            ? pid
            : null;

    private static int Record(ProcessPaths paths, int pid)
    {
        var temporary = Started(paths) + ".new";
        File.WriteAllText(temporary, pid.ToString(CultureInfo.InvariantCulture));
        File.Move(temporary, Started(paths), overwrite: true);
        return pid;
    }

    private static string Started(ProcessPaths paths) => Path.Combine(paths.Root, "started");

    /// <summary>What runc said of a process that it could not start; null: it was something else.</summary>
    private static string? RuncFailure(string message)
    {
        const string runc = "OCI runtime exec failed: ",
            unknown = ": unknown";
        var at = message.IndexOf(runc, StringComparison.Ordinal);
        if (at < 0)
            return null;
        var said = message[(at + runc.Length)..];
        return said.EndsWith(unknown, StringComparison.Ordinal) ? said[..^unknown.Length] : said;
    }
}
