using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.Unit.Rep.Runtime.Runc;

public sealed class SeccompProfileTests
{
    private static readonly Version Kernel = new(6, 1);

    [Theory]
    [InlineData("unshare")]
    [InlineData("setns")]
    [InlineData("mount")]
    [InlineData("open_tree")]
    [InlineData("pivot_root")]
    [InlineData("keyctl")]
    [InlineData("add_key")]
    [InlineData("request_key")]
    [InlineData("io_uring_setup")]
    [InlineData("userfaultfd")]
    [InlineData("bpf")]
    [InlineData("perf_event_open")]
    [InlineData("init_module")]
    [InlineData("kexec_load")]
    [InlineData("open_by_handle_at")]
    [InlineData("socketcall")]
    [InlineData("clone")] // only with a condition
    [InlineData("socket")] // only with a condition
    public void Leaves_out_what_reaches_for_the_host(string call)
    {
        foreach (var architecture in (Architecture[])[Architecture.X64, Architecture.Arm64])
            Assert.DoesNotContain(call, Allowed(Profile(architecture, Capabilities.ByDefault)));
    }

    [Theory]
    [InlineData("execve")]
    [InlineData("openat2")]
    [InlineData("futex")]
    [InlineData("epoll_pwait2")]
    [InlineData("ptrace")]
    [InlineData("seccomp")]
    [InlineData("rseq")]
    public void Allows_what_programs_need(string call) => Assert.Contains(call, Allowed(Profile(Architecture.X64, Capabilities.ByDefault)));

    [Fact]
    public void Allows_more_with_a_capability_that_the_container_has()
    {
        var allowed = Allowed(Profile(Architecture.X64, Capabilities.ByDefault.Append("CAP_SYS_CHROOT").ToHashSet()));

        Assert.Contains("chroot", allowed);
        Assert.DoesNotContain("mount", allowed);
    }

    [Fact]
    public void Refuses_to_make_namespaces_by_clone_and_sends_libraries_back_from_clone3()
    {
        var rules = Profile(Architecture.X64, Capabilities.ByDefault)["syscalls"]!.AsArray();

        var clone = rules.Single(rule => Names(rule).SequenceEqual(["clone"]))!;
        Assert.Equal("""[{"index":0,"value":2114060288,"op":"SCMP_CMP_MASKED_EQ","valueTwo":0}]""", clone["args"]!.ToJsonString());
        Assert.Equal(38, rules.Single(rule => Names(rule).SequenceEqual(["clone3"]))!["errnoRet"]!.GetValue<int>());
    }

    [Fact]
    public void Allows_only_some_families_of_sockets()
    {
        var rules = Profile(Architecture.X64, Capabilities.ByDefault)["syscalls"]!.AsArray();

        Assert.Equal(
            [1, 2, 10, 16, 17],
            rules.Where(rule => Names(rule).SequenceEqual(["socket"])).Select(rule => rule!["args"]![0]!["value"]!.GetValue<long>()).Order()
        );
    }

    [Fact]
    public void Allows_ptrace_only_where_it_cannot_be_used_around_the_filter() =>
        Assert.DoesNotContain(
            "ptrace",
            Allowed(SeccompProfile.Build(SeccompProfile.ReadRules(), Architecture.X64, new Version(4, 4), Capabilities.ByDefault))
        );

    [Fact]
    public void Takes_a_file_or_none_and_says_what_is_wrong_with_it()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """{"defaultAction":"SCMP_ACT_ALLOW"}""");
            Assert.Equal("SCMP_ACT_ALLOW", SeccompProfile.Choose(file)!(Capabilities.ByDefault)["defaultAction"]!.GetValue<string>());
            File.WriteAllText(file, "no json");
            Assert.Contains(
                file,
                Assert.Throws<ContainerRuntimeException>(() => SeccompProfile.Choose(file)).Message,
                StringComparison.Ordinal
            );
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Null(SeccompProfile.Choose(SeccompProfile.Unconfined));
        Assert.Contains(
            "Wasm",
            Assert
                .Throws<ContainerRuntimeException>(() =>
                    SeccompProfile.Build(SeccompProfile.ReadRules(), Architecture.Wasm, Kernel, Capabilities.ByDefault)
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    private static JsonObject Profile(Architecture architecture, IReadOnlySet<string> capabilities) =>
        SeccompProfile.Build(SeccompProfile.ReadRules(), architecture, Kernel, capabilities);

    private static List<string> Allowed(JsonObject profile) =>
        [
            .. profile["syscalls"]!
                .AsArray()
                .Where(rule => rule!["args"] is null && rule["action"]!.GetValue<string>() == "SCMP_ACT_ALLOW")
                .SelectMany(Names),
        ];

    private static IEnumerable<string> Names(JsonNode? rule) => rule!["names"]!.AsArray().Select(name => name!.GetValue<string>());
}
