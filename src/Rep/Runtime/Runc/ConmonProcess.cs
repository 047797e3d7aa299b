using System.Globalization;
using System.Text;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>A process supervised by conmon. Its state comes only from the files in its directory, whichever rep started it.</summary>
internal sealed class ConmonProcess : SupervisedProcess
{
    public ConmonProcess(string id, ProcessPaths paths, int pid, ProcessStart start, Func<long?> outOfMemoryKills, InotifyHub hub)
        : base(id, paths, pid, start, outOfMemoryKills, hub) =>
        // The directory is watched already: an exit in between is seen twice rather than missed.
        LookForExit();

    /// <summary>Detects a killed conmon: the exit code is then lost, and the process's output is no longer read.</summary>
    public override void CheckSupervisor()
    {
        if (Exit.IsCompleted || IsSupervised(Paths))
            return;
        LookForExit(); // conmon writes the code and then ends
        if (Exit.IsCompleted)
            return;
        if (Identity.IsAlive())
            Native.Signal(Identity, (int)ProcessSignal.Kill);
        End(ProcessExit.Unknown);
    }

    /// <summary>True while a conmon runs for the process in that directory. After a reboot another process may have the pid.</summary>
    public static bool IsSupervised(ProcessPaths paths) => Supervisor(paths) is not null;

    public static ProcessIdentity? Supervisor(ProcessPaths paths)
    {
        try
        {
            if (!int.TryParse(File.ReadAllText(paths.ConmonPid), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                return null;
            var commandLine = File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cmdline"));
            return commandLine.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\0{paths.Root}\0")) >= 0 ? ProcessIdentity.Of(pid) : null;
        }
        catch (IOException)
        {
            return null; // no such file: never started, or the process is gone
        }
    }

    protected override void LookForExit()
    {
        if (Exit.IsCompleted || !File.Exists(Paths.Exit))
            return;
        string text;
        try
        {
            text = File.ReadAllText(Paths.Exit);
        }
        catch (IOException)
        {
            return; // destroyed between the two lines
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code))
            return;
        if (code < 0)
            End(ProcessExit.Unknown);
        else
            EndWith(code);
    }
}
