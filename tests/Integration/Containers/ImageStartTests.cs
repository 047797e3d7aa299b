using System.Formats.Tar;
using Scheduler.Cli.Images;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>Processes that take their command, user and directory from the image.</summary>
public sealed class ImageStartTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly ProcessSpec OfImage = new() { Path = "" };
    private readonly CellFixture _cell = new();

    private string Image => Path.Combine(_cell.Directory, "image");

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Runs_the_images_command_as_its_user_in_a_working_directory_that_is_made() =>
        _cell.RunAsync(async runtime =>
        {
            Build(
                new OciLayoutBuilder
                {
                    Environment = ["PATH=/bin", "FROM=image"],
                    User = "vcap",
                    WorkingDirectory = "/srv/deep/app",
                    Entrypoint = ["sh", "-c", "id -u; pwd; touch here && stat -c %u:%g . ..; echo $0 $FROM $HOME"],
                    Command = ["hello"],
                    StopSignal = "SIGQUIT",
                }
            );
            var container = await runtime.CreateAsync(Spec("c1") with { RootFs = $"oci://{Image}" }, None);

            Assert.Equal("SIGQUIT", container.StopSignal);
            Assert.Equal("2000 /srv/deep/app 2000:2000 2000:2000 hello image /home/vcap", await SayAsync(runtime, OfImage));
        });

    [Fact]
    public Task The_work_wins_over_the_image() =>
        _cell.RunAsync(async runtime =>
        {
            Build(
                new OciLayoutBuilder
                {
                    Environment = ["PATH=/bin", "FROM=image"],
                    User = "vcap",
                    WorkingDirectory = "/srv",
                    Entrypoint = ["sh"],
                    Command = ["-c", "echo image"],
                }
            );
            await runtime.CreateAsync(Spec("c1") with { RootFs = $"oci://{Image}" }, None);

            var own = new ProcessSpec
            {
                Path = "",
                Args = ["-c", "id -u; pwd; stat -c %u .; echo $FROM"],
                User = "3:4",
                Dir = "/opt/own",
                Environment = [new("FROM", "work")],
            };
            Assert.Equal("3 /opt/own 3 work", await SayAsync(runtime, own));
        });

    [Fact]
    public Task Runs_an_image_of_one_program_as_root_or_any_number() =>
        _cell.RunAsync(async runtime =>
        {
            var image = new OciLayoutBuilder { Entrypoint = ["/busybox"], Command = ["id", "-u"] };
            using var busybox = File.OpenRead("/bin/busybox");
            image.AddLayer(tar =>
                tar.WriteEntry(
                    new PaxTarEntry(TarEntryType.RegularFile, "busybox") { Mode = (UnixFileMode)0b111_101_101, DataStream = busybox }
                )
            );
            image.WriteDirectory(Image);
            await runtime.CreateAsync(Spec("c1") with { RootFs = $"oci://{Image}" }, None);

            Assert.Equal("0", await SayAsync(runtime, OfImage, "default"));
            Assert.Equal("0", await SayAsync(runtime, OfImage with { User = "root" }, "named"));
            Assert.Equal("1000", await SayAsync(runtime, OfImage with { User = "1000:1000" }, "number"));
            Assert.Contains("the container has no program \"/bin/sh\"", await FailureAsync(runtime, Shell("true")));
        });

    [Fact]
    public Task A_working_directory_stays_inside_whatever_links_the_image_has() =>
        _cell.RunAsync(async runtime =>
        {
            Build(
                new OciLayoutBuilder { Environment = ["PATH=/bin"], WorkingDirectory = $"/way/{Path.GetFileName(_cell.Directory)}-made" },
                tar =>
                {
                    tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "way") { LinkName = Path.GetTempPath() });
                    tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "loop") { LinkName = "loop" });
                    tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "file") { DataStream = new MemoryStream("x"u8.ToArray()) });
                }
            );
            await runtime.CreateAsync(Spec("c1") with { RootFs = $"oci://{Image}" }, None);

            Assert.Equal($"/tmp/{Path.GetFileName(_cell.Directory)}-made", await SayAsync(runtime, Shell("pwd -P")));
            Assert.False(Directory.Exists($"{_cell.Directory}-made"));
            Assert.Contains(
                "the working directory /file/x is not in the container and cannot be made",
                await FailureAsync(runtime, Shell("true") with { Dir = "/file/x" })
            );
            Assert.Contains(
                "the working directory /loop/x is not in the container and cannot be made",
                await FailureAsync(runtime, Shell("true") with { Dir = "/loop/x" })
            );
        });

    [Fact]
    public Task Says_in_plain_words_what_cannot_be_started() =>
        _cell.RunAsync(async runtime =>
        {
            Build(
                new OciLayoutBuilder { Environment = ["PATH=/bin"] },
                tar =>
                {
                    tar.WriteEntry(
                        new PaxTarEntry(TarEntryType.RegularFile, "foreign")
                        {
                            Mode = (UnixFileMode)0b111_101_101,
                            DataStream = new MemoryStream(Foreign()),
                        }
                    );
                    tar.WriteEntry(
                        new PaxTarEntry(TarEntryType.RegularFile, "script")
                        {
                            Mode = (UnixFileMode)0b111_101_101,
                            DataStream = new MemoryStream("#!/no/interpreter\n"u8.ToArray()),
                        }
                    );
                    tar.WriteEntry(
                        new PaxTarEntry(TarEntryType.RegularFile, "plain")
                        {
                            Mode = (UnixFileMode)0b110_100_100,
                            DataStream = new MemoryStream("x"u8.ToArray()),
                        }
                    );
                }
            );
            await runtime.CreateAsync(Spec("c1") with { RootFs = $"oci://{Image}" }, None);

            Assert.StartsWith("user root may not run \"/plain\"", await FailureAsync(runtime, new ProcessSpec { Path = "/plain" }));
            Assert.StartsWith(
                "the container has no program \"nothing\" in its PATH=/bin",
                await FailureAsync(runtime, new ProcessSpec { Path = "nothing" })
            );
            Assert.Equal("no command is given, and the image names no command", await FailureAsync(runtime, OfImage));

            // runc detects these failures too late to report them itself.
            Assert.StartsWith(
                "\"/foreign\" is no program for this machine's processor",
                await ExitAsync(runtime, new ProcessSpec { Path = "/foreign" }, "foreign")
            );
            Assert.StartsWith(
                "\"/script\" is there, but the interpreter",
                await ExitAsync(runtime, new ProcessSpec { Path = "/script" }, "script")
            );
            Assert.StartsWith(
                "the arguments and the environment are too long",
                await ExitAsync(runtime, Shell("true") with { Environment = [new("BIG", new string('x', 131_072))] }, "big")
            );
            Assert.Equal("", await ExitAsync(runtime, Shell("echo exec /bin/x: exec format error; exit 1"), "words"));
            Assert.Equal("", await ExitAsync(runtime, Shell("exit 1"), "silent"));
        });

    private void Build(OciLayoutBuilder image, Action<TarWriter>? more = null)
    {
        image.AddLayer(tar => BusyboxImage.Write(tar, "/bin/busybox", new Dictionary<string, string>()));
        if (more is not null)
            image.AddLayer(more);
        image.WriteDirectory(Image);
    }

    /// <summary>busybox for s390x, an architecture that this test does not run on.</summary>
    private static byte[] Foreign()
    {
        var program = File.ReadAllBytes("/bin/busybox");
        (program[18], program[19]) = (22, 0);
        return program;
    }

    private static async Task<string> SayAsync(RuncRuntime runtime, ProcessSpec spec, string id = "say")
    {
        var process = await runtime.StartProcessAsync("c1", id, spec, None);
        await process.Exit.WaitAsync(Wait.Patience);
        return string.Join(' ', (await ProcessTests.LinesAsync(runtime, "c1", id)).Select(line => line.Text));
    }

    /// <summary>Why the program could not be started, according to the exit status of the process; empty if it started.</summary>
    private static async Task<string> ExitAsync(RuncRuntime runtime, ProcessSpec spec, string id)
    {
        var exit = await (await runtime.StartProcessAsync("c1", id, spec, None)).Exit.WaitAsync(Wait.Patience);
        Assert.Equal(1, Math.Min(exit.Code, 1));
        return exit.StartFailure ?? "";
    }

    private static async Task<string> FailureAsync(RuncRuntime runtime, ProcessSpec spec) =>
        (await Assert.ThrowsAsync<ProcessStartException>(() => runtime.StartProcessAsync("c1", "fails", spec, None))).Message;
}
