using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Rep.Identity;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Identity;

public sealed class InstanceIdentityTests : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly string _directory = Path.Combine(Directory.CreateTempSubdirectory("identity-").FullName, "identities");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_directory)!, recursive: true);

    [Fact]
    public void Renews_while_the_container_runs_and_stops_with_it() =>
        VirtualWorld.Run(async world =>
        {
            using var files = new AuthorityFiles(world.Now.AddDays(-1), 365 * Day);
            using var identity = Identity(files, world);
            identity.Prepare("c1");
            var keeper = identity.Keep(Subject("c1"))!;
            var first = Read("c1");
            Assert.Equal(world.Now + Day, first.NotAfter.ToUniversalTime());

            await world.AdvanceAsync(TimeSpan.FromHours(23.4));
            Assert.Equal(first, Read("c1"));
            await world.AdvanceAsync(TimeSpan.FromHours(0.2));
            var second = Read("c1");
            Assert.NotEqual(first, second);
            Assert.Equal(first.NotAfter.AddHours(23.5), second.NotAfter);

            await world.AdvanceAsync(10 * Day);
            Assert.True(Read("c1").NotAfter > world.Now + TimeSpan.FromMinutes(29));
            await keeper.DisposeAsync();
            var last = Read("c1");
            await world.AdvanceAsync(2 * Day);
            Assert.Equal(last, Read("c1"));
        });

    [Fact]
    public void Waits_longer_than_a_timer_can() =>
        VirtualWorld.Run(async world =>
        {
            using var files = new AuthorityFiles(world.Now.AddDays(-1), 700 * Day);
            using var identity = Identity(files, world, 100 * Day);
            identity.Prepare("c1");
            await using var keeper = identity.Keep(Subject("c1"));
            var first = Read("c1");
            await world.AdvanceAsync(99 * Day);
            Assert.Equal(first, Read("c1"));
            await world.AdvanceAsync(Day);
            Assert.NotEqual(first, Read("c1"));
        });

    [Fact]
    public void Keeps_a_certificate_over_a_restart_until_it_is_due_or_its_authority_is_another() =>
        VirtualWorld.Run(async world =>
        {
            using var files = new AuthorityFiles(world.Now.AddDays(-1), 365 * Day);
            using var others = new AuthorityFiles(world.Now.AddDays(-1), 365 * Day);
            X509Certificate2 first;
            using (var before = Identity(files, world))
            {
                before.Prepare("c1");
                await using var keeper = before.Keep(Subject("c1"));
                first = Read("c1");
            }

            using (var after = Identity(files, world))
            await using (after.Keep(Subject("c1")))
                Assert.Equal(first, Read("c1"));

            X509Certificate2 second;
            using (var changed = Identity(others, world))
            await using (changed.Keep(Subject("c1")))
                second = Read("c1");
            Assert.NotEqual(first, second);

            await world.AdvanceAsync(TimeSpan.FromHours(23.6)); // nobody watches
            using (var late = Identity(others, world))
            await using (late.Keep(Subject("c1")))
                Assert.NotEqual(second, Read("c1"));
        });

    [Fact]
    public void Tries_again_when_a_renewal_fails() =>
        VirtualWorld.Run(async world =>
        {
            using var files = new AuthorityFiles(world.Now.AddDays(-1), 365 * Day);
            using var identity = Identity(files, world);
            identity.Prepare("c1");
            await using var keeper = identity.Keep(Subject("c1"));
            var first = Read("c1");
            var obstacle = Directory.CreateDirectory(Path.Combine(_directory, ".c1.instance.key"));

            await world.AdvanceAsync(TimeSpan.FromHours(23.6));
            Assert.Equal(first, Read("c1"));
            obstacle.Delete();
            await world.AdvanceAsync(TimeSpan.FromMinutes(1));
            Assert.NotEqual(first, Read("c1"));
        });

    [Fact]
    public void Lets_nobody_but_root_reach_the_files_and_follows_no_link()
    {
        using var files = new AuthorityFiles(TimeProvider.System.GetUtcNow().AddDays(-1), 365 * Day);
        using var identity = new InstanceIdentity(
            InstanceAuthority.Load(files.Certificate, files.Key, TimeProvider.System.GetUtcNow()),
            _directory,
            Day,
            TimeProvider.System,
            NullLogger.Instance
        );
        var mount = identity.Prepare("c1");
        var victim = Path.Combine(Path.GetDirectoryName(_directory)!, "victim");
        File.WriteAllText(victim, "mine");
        File.CreateSymbolicLink(Path.Combine(_directory, "c1", "instance.key"), victim);
        File.CreateSymbolicLink(Path.Combine(_directory, ".c1.instance.crt"), victim);

        var keeper = identity.Keep(Subject("c1"));

        Assert.NotNull(keeper);
        Assert.Equal("mine", File.ReadAllText(victim));
        Assert.True(mount.ReadOnly);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            File.GetUnixFileMode(Path.Combine(_directory, "c1", "instance.key"))
        );
    }

    [Fact]
    public void Leaves_nothing_of_a_container_that_is_gone() =>
        VirtualWorld.Run(async world =>
        {
            using var files = new AuthorityFiles(world.Now.AddDays(-1), 365 * Day);
            using var identity = Identity(files, world);
            foreach (var guid in (string[])["c1", "c2", "c3"])
            {
                identity.Prepare(guid);
                await using var keeper = identity.Keep(Subject(guid));
            }

            File.WriteAllText(Path.Combine(_directory, ".c2.instance.key"), "of a rep that was killed");
            identity.Remove("c1");
            identity.Remove("c1");
            identity.Sweep(["c3"]);

            Assert.Equal([Path.Combine(_directory, "c3")], Directory.GetFileSystemEntries(_directory));
            Assert.Null(identity.Keep(Subject("c1")));
        });

    private InstanceIdentity Identity(AuthorityFiles files, VirtualWorld world, TimeSpan? validity = null) =>
        new(InstanceAuthority.Load(files.Certificate, files.Key, world.Now), _directory, validity ?? Day, world.Time, NullLogger.Instance);

    private static InstanceSubject Subject(string guid) => new(guid, [], IPAddress.Parse("10.254.0.7"));

    /// <summary>Throws if the key does not fit.</summary>
    private X509Certificate2 Read(string guid) =>
        X509Certificate2.CreateFromPemFile(Path.Combine(_directory, guid, "instance.crt"), Path.Combine(_directory, guid, "instance.key"));
}
