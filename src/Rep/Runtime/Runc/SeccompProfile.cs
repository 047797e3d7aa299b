using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// The list of system calls that a container may make, as an OCI <c>linux.seccomp</c> object. The default list is built from
/// <c>default-seccomp.json</c> for the machine and for the container's capabilities.
/// </summary>
internal static class SeccompProfile
{
    public const string Default = RuntimeOptions.DefaultSeccomp,
        Unconfined = "unconfined";

    private const int NoSuchCall = 38;

    /// <summary>All flag bits of clone that create namespaces.</summary>
    private const long NamespaceFlags = 0x7E02_0000;

    private const string SystemAdministrator = "CAP_SYS_ADMIN";

    /// <param name="option"><c>default</c>, <c>unconfined</c>, or the path of a file with an OCI <c>linux.seccomp</c> object.</param>
    /// <returns>Null: every call is allowed.</returns>
    /// <exception cref="ContainerRuntimeException">The file cannot be read, or this architecture has no default profile.</exception>
    public static Func<IReadOnlySet<string>, JsonNode>? Choose(string option)
    {
        if (option == Unconfined)
            return null;
        if (option == Default)
        {
            var (rules, architecture, kernel) = (ReadRules(), RuntimeInformation.OSArchitecture, Environment.OSVersion.Version);
            Build(rules, architecture, kernel, Capabilities.ByDefault); // says at once where there is none for this machine
            return capabilities => Build(rules, architecture, kernel, capabilities);
        }

        try
        {
            var profile = JsonNode.Parse(File.ReadAllText(option)) ?? throw new JsonException("the document is null");
            return _ => profile;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ContainerRuntimeException($"the seccomp profile {option} cannot be read: {failure.Message}", failure);
        }
    }

    public static JsonNode ReadRules()
    {
        using var stream =
            typeof(SeccompProfile).Assembly.GetManifestResourceStream("default-seccomp.json")
            ?? throw new InvalidOperationException("default-seccomp.json is not in the program");
        return JsonNode.Parse(stream)!;
    }

    /// <param name="capabilities">Names of all capabilities that a process of the container can ever have.</param>
    public static JsonObject Build(JsonNode rules, Architecture architecture, Version kernel, IReadOnlySet<string> capabilities)
    {
        var machine = rules["architectures"]![Name(architecture)];
        if (machine is null)
            throw new ContainerRuntimeException(
                $"there is no default seccomp profile for {architecture}: set --seccomp to a profile file, or to {Unconfined} to run "
                    + "without a filter"
            );

        var allowed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (_, calls) in rules["always"]!.AsObject())
            allowed.UnionWith(Texts(calls));
        allowed.UnionWith(Texts(machine["calls"]));
        foreach (var (capability, calls) in rules["withCapability"]!.AsObject())
        {
            if (capabilities.Contains(capability))
                allowed.UnionWith(Texts(calls));
        }

        foreach (var (since, calls) in rules["sinceKernel"]!.AsObject())
        {
            if (kernel >= Version.Parse(since))
                allowed.UnionWith(Texts(calls));
        }

        var syscalls = new JsonArray(new JsonObject { ["names"] = Array(allowed), ["action"] = "SCMP_ACT_ALLOW" });
        if (!capabilities.Contains(SystemAdministrator))
        {
            syscalls.Add(AllowWhen("clone", NamespaceFlags, "SCMP_CMP_MASKED_EQ", 0));

            // The flags of clone3 are in memory, where no filter can see them; libraries fall back to clone if the call does not exist.
            syscalls.Add(
                new JsonObject
                {
                    ["names"] = new JsonArray("clone3"),
                    ["action"] = "SCMP_ACT_ERRNO",
                    ["errnoRet"] = NoSuchCall,
                }
            );
        }

        foreach (var (_, family) in rules["socketFamilies"]!.AsObject())
            syscalls.Add(AllowWhen("socket", family!.GetValue<long>(), "SCMP_CMP_EQ"));
        foreach (var (_, personality) in rules["personalities"]!.AsObject())
            syscalls.Add(AllowWhen("personality", personality!.GetValue<long>(), "SCMP_CMP_EQ"));
        return new JsonObject
        {
            ["defaultAction"] = "SCMP_ACT_ERRNO",
            ["defaultErrnoRet"] = 1,
            ["architectures"] = Array(Texts(machine["names"])),
            ["syscalls"] = syscalls,
        };
    }

    private static string Name(Architecture architecture) =>
        architecture switch
        {
            Architecture.X64 => "amd64",
            Architecture.Arm64 => "arm64",
            _ => architecture.ToString(),
        };

    private static JsonObject AllowWhen(string call, long value, string comparison, long? second = null)
    {
        var condition = new JsonObject
        {
            ["index"] = 0,
            ["value"] = value,
            ["op"] = comparison,
        };
        if (second is { } number)
            condition["valueTwo"] = number;
        return new JsonObject
        {
            ["names"] = new JsonArray(call),
            ["action"] = "SCMP_ACT_ALLOW",
            ["args"] = new JsonArray(condition),
        };
    }

    private static IEnumerable<string> Texts(JsonNode? array) => array!.AsArray().Select(name => name!.GetValue<string>());

    private static JsonArray Array(IEnumerable<string> names) => [.. names.Select(name => (JsonNode)name)];
}
