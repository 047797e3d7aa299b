using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>Attacks of a hostile container, or of the author of its image, through the volumes of its cell, with any runtime.</summary>
public abstract class VolumeAttacks
{
    private static readonly CancellationToken None = CancellationToken.None;

    private protected abstract RuntimeKind Kind { get; }

    /// <summary>Defences that the runtime does not have.</summary>
    private protected virtual Defences Lacking => Defences.None;

    [Fact]
    public async Task No_probe_hits() => HostileAssert.NoHits(await ProbeAsync(Lacking));

    /// <summary>
    /// The directory of a volume in the container may be a link of the image. It must lead to nowhere but into the container, and the
    /// machine's own directory at its target must not change. HOST stands for the victim's path.
    /// </summary>
    [Theory]
    [InlineData("HOST", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("../../../../../../../../HOST")]
    [InlineData("/proc/1/root/HOST")]
    [InlineData("/proc/self/cwd", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("/probes/../../../../../../HOST", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    public async Task A_link_of_the_image_leads_a_volume_nowhere_out_of_the_container(string link)
    {
        await using var cell = await HostileCell.MakeAsync(Kind, []);
        var victim = Make(cell, "victim");
        var volume = Make(cell, "volume");
        File.CreateSymbolicLink(Path.Combine(cell.Options.PreloadedRootFs["hostile"], "data"), link.Replace("HOST", victim));
        await cell.RunAsync(async runtime =>
        {
            if (await CreateAsync(runtime, new BindMount(volume, "/data", ReadOnly: false)))
            {
                // Where the link leads to in the container, the volume is.
                await ShellAsync(runtime, "echo mine > /data/new");
                Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(volume, "new")));
            }

            Assert.Equal(["given"], Directory.GetFileSystemEntries(victim).Select(Path.GetFileName));
            Assert.DoesNotContain(victim, await File.ReadAllTextAsync("/proc/mounts"), StringComparison.Ordinal);
        });
    }

    /// <summary>The name is refused before; by a link of the image it comes to the runtime.</summary>
    [Theory]
    [InlineData("/proc")]
    [InlineData("/proc/sys", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("/sys", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("/dev", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    public async Task A_link_of_the_image_does_not_put_a_volume_in_the_kernels_place(string link)
    {
        await using var cell = await HostileCell.MakeAsync(Kind, []);
        var volume = Make(cell, "volume");
        File.CreateSymbolicLink(Path.Combine(cell.Options.PreloadedRootFs["hostile"], "data"), link);
        await cell.RunAsync(async runtime =>
        {
            if (await CreateAsync(runtime, new BindMount(volume, "/data", ReadOnly: false)))
                Assert.Equal("", await ShellAsync(runtime, $"ls {link}/given 2>/dev/null"));
            Assert.Equal(["given"], Directory.GetFileSystemEntries(volume).Select(Path.GetFileName));
        });
    }

    private protected async Task<IReadOnlyList<ProbeResult>> ProbeAsync(Defences without)
    {
        IReadOnlyList<ProbeResult> results = [];
        await using var cell = await HostileCell.MakeAsync(Kind, VolumeProbes.All);
        cell.Options.Without = without;
        await File.WriteAllTextAsync(Path.Combine(cell.Directory, "outside"), "of the machine");
        var spec = new ContainerSpec
        {
            Handle = "volumes",
            RootFs = HostileCell.Image,
            Mounts =
            [
                new BindMount(Make(cell, "data"), "/data", ReadOnly: false) { IsForeign = true },
                new BindMount(Make(cell, "ro"), "/ro") { IsForeign = true },
            ],
        };
        await cell.RunAsync(async runtime => results = await cell.ProbeAsync(runtime, spec));
        Assert.Equal("given", await File.ReadAllTextAsync(Path.Combine(cell.Directory, "ro", "given")));
        return results;
    }

    /// <summary>A directory of the machine with one file.</summary>
    private static string Make(HostileCell cell, string name)
    {
        var directory = Directory.CreateDirectory(Path.Combine(cell.Directory, name)).FullName;
        File.WriteAllText(Path.Combine(directory, "given"), "given");
        return directory;
    }

    /// <summary>False: the runtime refused to.</summary>
    private static async Task<bool> CreateAsync(IContainerRuntime runtime, BindMount mount)
    {
        try
        {
            await runtime.CreateAsync(
                new ContainerSpec
                {
                    Handle = "linked",
                    RootFs = HostileCell.Image,
                    Mounts = [mount with { IsForeign = true }],
                },
                None
            );
            return true;
        }
        catch (Exception failure) when (failure is ContainerRuntimeException or DomainException)
        {
            return false;
        }
    }

    private static async Task<string> ShellAsync(IContainerRuntime runtime, string script)
    {
        var process = await runtime.StartProcessAsync("linked", "p", new ProcessSpec { Path = "/bin/sh", Args = ["-c", script] }, None);
        await process.Exit.WaitAsync(Wait.Patience);
        var said = "";
        await foreach (var line in runtime.LogsAsync("linked", "p", default, follow: false, None))
            said += line.Text;
        return said;
    }
}
