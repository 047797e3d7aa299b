using System.Text.Json.Nodes;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>Limits and capabilities of the rep itself, which it can pass on.</summary>
/// <param name="DefaultOpenFiles">Limit for processes that do not request one.</param>
internal sealed record MachineLimits(long DefaultOpenFiles, ulong Capabilities);

/// <summary>Privileges of a container's processes.</summary>
/// <param name="Capabilities">Names of the capabilities that root has and other users could gain.</param>
/// <param name="NewPrivileges">Programs can give privileges that their callers lack.</param>
/// <param name="AppArmor">Name of a loaded profile, or null.</param>
internal sealed record Rights(IReadOnlySet<string> Capabilities, bool NewPrivileges, string? AppArmor);

/// <summary>Builds the process configuration for runc exec. No I/O.</summary>
internal static class ProcessConfig
{
    private const string RootPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const string UserPath = "/usr/local/bin:/usr/bin:/bin";

    /// <param name="directory">Resolved by the caller: which directories exist is known only inside the container.</param>
    public static JsonObject Build(
        ProcessSpec spec,
        ContainerUser user,
        string directory,
        IReadOnlyList<string> environment,
        Rights rights,
        MachineLimits limits,
        bool terminal
    )
    {
        var files = spec.OpenFiles > 0 ? spec.OpenFiles : limits.DefaultOpenFiles;
        var process = new JsonObject
        {
            ["terminal"] = terminal,
            ["user"] = new JsonObject
            {
                ["uid"] = user.Uid,
                ["gid"] = user.Gid,
                ["additionalGids"] = new JsonArray([.. user.Groups.Select(gid => (JsonNode)gid)]),
            },
            ["args"] = new JsonArray([spec.Path, .. spec.Args.Select(arg => (JsonNode)arg)]),
            ["env"] = new JsonArray([.. environment.Select(variable => (JsonNode)variable)]),
            ["cwd"] = directory,
            ["capabilities"] = Capabilities.For(rights.Capabilities, root: user.Uid == 0, limits.Capabilities),
            ["rlimits"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "RLIMIT_NOFILE",
                    ["soft"] = files,
                    ["hard"] = files,
                }
            ),
            ["noNewPrivileges"] = !rights.NewPrivileges,
        };
        if (rights.AppArmor is { } profile)
            process["apparmorProfile"] = profile;
        return process;
    }

    /// <summary>NAME=value in order of first mention; a later value wins. PATH, HOME and USER always have a value.</summary>
    public static IReadOnlyList<string> Environment(
        IEnumerable<string> image,
        IEnumerable<EnvironmentVariable> container,
        IEnumerable<EnvironmentVariable> process,
        ContainerUser user
    )
    {
        var order = new List<string>();
        var values = new Dictionary<string, string>();
        void Set(string name, string value)
        {
            if (!values.ContainsKey(name))
                order.Add(name);
            values[name] = value;
        }

        foreach (var variable in image)
        {
            if (variable.Split('=', 2) is [{ Length: > 0 } name, var value])
                Set(name, value);
        }

        foreach (var variable in container)
            Set(variable.Name, variable.Value);
        foreach (var variable in process)
            Set(variable.Name, variable.Value);
        if (!values.ContainsKey("PATH"))
            Set("PATH", user.Uid == 0 ? RootPath : UserPath);
        if (!values.ContainsKey("HOME"))
            Set("HOME", user.Home);
        if (!values.ContainsKey("USER") && user.Name.Length > 0)
            Set("USER", user.Name);
        return [.. order.Select(name => $"{name}={values[name]}")];
    }
}
