using System.Globalization;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>The machine's control groups, version 1 (a tree per controller), 2 (one tree) or both.</summary>
/// <param name="IsUnified">True if the controllers are in version 2's tree.</param>
/// <param name="Trees">Mount points by controller; includes version 2's tree and named ones, under separate names.</param>
internal sealed record Cgroups(bool IsUnified, IReadOnlyDictionary<string, string> Trees)
{
    private const string Unified = "(unified)";
    private const int SigKill = 9;
    private static readonly string[] Needed = ["memory", "pids", "cpu", "cpuacct"];

    public static Cgroups Detect() => Detect(File.ReadLines("/proc/self/mountinfo"));

    /// <exception cref="ContainerRuntimeException">A controller required for limits is missing.</exception>
    public static Cgroups Detect(IEnumerable<string> mountInfo)
    {
        var trees = new Dictionary<string, string>();
        foreach (var line in mountInfo)
        {
            // 36 35 98:0 /root /mount/point options … - type source super-options
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash < 0 || dash + 3 >= fields.Length)
                continue;
            if (fields[dash + 1] == "cgroup2")
                trees[Unified] = fields[4];
            else if (fields[dash + 1] == "cgroup")
                foreach (var option in fields[dash + 3].Split(','))
                    if (option is not ("rw" or "ro"))
                        trees[option] = fields[4];
        }

        var isUnified = !trees.ContainsKey("memory") && trees.ContainsKey(Unified);
        if (isUnified)
            return new Cgroups(true, trees);
        var missing = Needed.Where(controller => !trees.ContainsKey(controller)).ToList();
        if (missing.Count == 0)
            return new Cgroups(false, trees);
        throw new ContainerRuntimeException(
            $"the cgroup controllers {string.Join(", ", missing)} are not mounted below /sys/fs/cgroup. To run in a network namespace, use "
                + "'nsenter --net=PATH': 'ip netns exec' hides them"
        );
    }

    /// <summary>Directories of a group in all trees, whether they exist or not.</summary>
    public IEnumerable<string> Directories(string group) => Trees.Values.Distinct().Select(tree => tree + group);

    public long MemoryUsed(string group)
    {
        var usage = ReadNumber(Of("memory", group, IsUnified ? "memory.current" : "memory.usage_in_bytes"));
        var inactive = ReadField(Of("memory", group, "memory.stat"), IsUnified ? "inactive_file" : "total_inactive_file");
        return Math.Max(0, usage - inactive);
    }

    public TimeSpan CpuUsed(string group)
    {
        var nanoseconds = IsUnified
            ? ReadField(Of("cpu", group, "cpu.stat"), "usage_usec") * 1_000
            : ReadNumber(Of("cpuacct", group, "cpuacct.usage"));
        return TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    public int Pids(string group) => (int)ReadNumber(Of("pids", group, "pids.current"));

    /// <summary>Number of out-of-memory kills in this group; null if the kernel does not count them.</summary>
    public long? OutOfMemoryKills(string group)
    {
        var path = Of("memory", group, IsUnified ? "memory.events" : "memory.oom_control");
        return TryReadField(path, "oom_kill");
    }

    /// <summary>Pids in the group and in the groups below it.</summary>
    public IReadOnlyList<int> Processes(string group)
    {
        var directory = Tree("pids") + group;
        try
        {
            var pids = File.ReadAllLines($"{directory}/cgroup.procs").Select(line => int.Parse(line, CultureInfo.InvariantCulture));
            return [.. pids.Concat(Below(directory).SelectMany(name => Processes($"{group}/{name}")))];
        }
        catch (IOException)
        {
            return []; // no such group
        }
    }

    /// <summary>
    /// Creates a group below an existing one to find the processes in it again. It has no limits of its own: those above it hold.
    /// </summary>
    /// <returns>How runc is told to start a process in the group.</returns>
    public string CreateForTracking(string parent, string name)
    {
        Directory.CreateDirectory($"{Tree("pids")}{parent}/{name}");
        // In version 1 one tree is enough, and the others would need settings before they accept a process.
        return IsUnified ? name : $"pids:{name}";
    }

    /// <summary>Kills every process in the group. New ones may have begun meanwhile: repeat until there are none.</summary>
    public void Kill(string group)
    {
        const string forbidNew = "pids.max",
            killAll = "cgroup.kill";
        var directory = Tree("pids") + group;
        try
        {
            if (File.Exists($"{directory}/{killAll}"))
                File.WriteAllText($"{directory}/{killAll}", "1");
            else if (File.Exists($"{directory}/{forbidNew}"))
                File.WriteAllText($"{directory}/{forbidNew}", "0"); // a program that forks faster than it is killed cannot any more
        }
        catch (IOException)
        {
            // no such group any more
        }

        foreach (var pid in Processes(group))
        {
            if (ProcessIdentity.Of(pid) is { } process)
                Native.Signal(process, SigKill);
        }
    }

    /// <summary>Removes a group if it exists and is empty.</summary>
    /// <returns>False while the group is not empty.</returns>
    public bool TryRemove(string group)
    {
        var removed = true;
        foreach (var directory in Directories(group))
            removed &= TryRemoveDirectory(directory);
        return removed;
    }

    /// <summary>Like <see cref="TryRemove"/>, with the groups directly below it.</summary>
    public bool TryRemoveWithTracking(string group)
    {
        foreach (var name in Below(Tree("pids") + group))
            TryRemoveDirectory($"{Tree("pids")}{group}/{name}");
        return TryRemove(group);
    }

    private static bool TryRemoveDirectory(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
                Directory.Delete(directory); // rmdir: the files in it are only the kernel's view
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true; // another process was faster
        }
        catch (IOException) when (Directory.Exists(directory))
        {
            return false;
        }
    }

    /// <summary>Names of the groups directly below one.</summary>
    private static IEnumerable<string> Below(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory).Select(path => Path.GetFileName(path));
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private string Tree(string controller) => IsUnified ? Trees[Unified] : Trees[controller];

    private string Of(string controller, string group, string file) => $"{Tree(controller)}{group}/{file}";

    private static long ReadNumber(string path)
    {
        try
        {
            return long.Parse(File.ReadAllText(path).Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // the group is gone, or its controller is off
        }
    }

    private static long ReadField(string path, string name) => TryReadField(path, name) ?? 0;

    private static long? TryReadField(string path, string name)
    {
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                if (line.Length > name.Length && line[name.Length] == ' ' && line.StartsWith(name, StringComparison.Ordinal))
                    return long.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            // the group is gone
        }

        return null;
    }
}
