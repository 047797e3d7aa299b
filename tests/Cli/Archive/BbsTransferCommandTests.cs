using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Cli.Services;
using Scheduler.Client;
using Scheduler.Contracts.V1;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Storage;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Cli.Archive;

/// <summary><c>scheduler bbs export</c> and <c>import</c>, as typed.</summary>
public sealed class BbsTransferCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("transfer-").FullName;

    private string Export => Path.Combine(_directory, "state.export");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task An_export_is_its_owners_alone_and_can_be_imported()
    {
        var source = await FilledStoreAsync("source.db");
        var exported = await CommandRun.Of("bbs", "export", "--store", source, Export);
        Assert.Equal((ExitCodes.Ok, ""), (exported.ExitCode, exported.Error));
        Assert.Matches(@"^exported revision 5: 1,200 LRPs, 1 lock \(\d+ kB\)\s$", exported.Output);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Export));
        Assert.Equal(["state.export"], Directory.GetFiles(_directory, "state*").Select(Path.GetFileName));

        var target = Store("made/target.db");
        var imported = await CommandRun.Of("bbs", "import", "--store", target, Export);
        Assert.Equal((ExitCodes.Ok, ""), (imported.ExitCode, imported.Error));
        Assert.Equal("imported revision 5 as revision 4294967301: 1,200 LRPs, 1 lock\n", imported.Output);
        Assert.Equal(1200, (await LoadAsync(target)).DesiredLrps.Count);

        var again = await CommandRun.Of("bbs", "import", "--store", target, Export);
        Assert.Equal(ExitCodes.Refused, again.ExitCode);
        Assert.Contains("error: the store is not empty (1200 in desired_lrps, 1 in locks): nothing was imported", again.Error);
        Assert.Equal(ExitCodes.Ok, (await CommandRun.Of("bbs", "import", "--replace", "--store", target, Export)).ExitCode);
    }

    [Fact]
    public async Task The_settings_of_the_BBS_do()
    {
        var config = Path.Combine(_directory, "bbs.yaml");
        await File.WriteAllTextAsync(
            config,
            $"store: {await FilledStoreAsync("source.db")}\nlisten: 127.0.0.1:8889\nops-listen: 127.0.0.1:8890\n"
        );
        var run = await CommandRun.Of("bbs", "export", "--config", config, Export);
        Assert.Equal((ExitCodes.Ok, ""), (run.ExitCode, run.Error));

        await File.AppendAllTextAsync(config, "stroe: x\n");
        var wrong = await CommandRun.Of("bbs", "export", "--config", config, Export + "2");
        Assert.Equal(ExitCodes.BadInput, wrong.ExitCode);
        Assert.Contains("stroe: is not a setting of bbs", wrong.Error);
    }

    [Fact]
    public async Task Nothing_that_exists_is_overwritten()
    {
        await File.WriteAllTextAsync(Export, "precious");
        var source = await FilledStoreAsync("source.db");
        foreach (var existing in new[] { Export, _directory, "/dev/null" })
        {
            var run = await CommandRun.Of("bbs", "export", "--store", source, existing);
            Assert.Equal(ExitCodes.BadInput, run.ExitCode);
            Assert.Contains("exists already", run.Error);
        }
        Assert.Equal("precious", await File.ReadAllTextAsync(Export));
    }

    [Fact]
    public async Task A_failed_export_leaves_no_file_and_no_store()
    {
        var missing = await CommandRun.Of("bbs", "export", "--store", Store("none.db"), Export);
        Assert.Equal(ExitCodes.BadInput, missing.ExitCode);
        Assert.Contains($"store: there is no file {Path.Combine(_directory, "none.db")}", missing.Error);

        await File.WriteAllTextAsync(Path.Combine(_directory, "text.db"), new string('x', 8192));
        var damaged = await CommandRun.Of("bbs", "export", "--store", Store("text.db"), Export);
        Assert.Equal(ExitCodes.Failed, damaged.ExitCode);
        Assert.Contains("damaged or not an SQLite database", damaged.Error);

        var nowhere = await CommandRun.Of(
            "bbs",
            "export",
            "--store",
            await FilledStoreAsync("source.db"),
            Path.Combine(_directory, "a", "b")
        );
        Assert.Equal(ExitCodes.BadInput, nowhere.ExitCode);
        Assert.Contains("file: cannot write", nowhere.Error);
        Assert.DoesNotContain(Directory.GetFiles(_directory), file => file.Contains("export", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_no_export_does_not_even_make_a_store()
    {
        await File.WriteAllTextAsync(Export, "INSERT INTO desired_lrps");
        var run = await CommandRun.Of("bbs", "import", "--store", Store("target.db"), Export);
        Assert.Equal(ExitCodes.BadInput, run.ExitCode);
        Assert.Contains("the export: is not an export of a BBS", run.Error);
        Assert.False(File.Exists(Path.Combine(_directory, "target.db")));

        var none = await CommandRun.Of("bbs", "import", "--store", Store("target.db"), Export + "2");
        Assert.Equal(ExitCodes.BadInput, none.ExitCode);
        Assert.Contains("file: cannot read", none.Error);
    }

    [Fact]
    public async Task A_pipe_leads_from_one_store_to_another()
    {
        var source = await FilledStoreAsync("source.db");
        var start = new ProcessStartInfo("sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (
            var argument in (string[])
                [
                    "-c",
                    "dotnet \"$0\" bbs export --store \"$1\" - | dotnet \"$0\" bbs import --store \"$2\" -",
                    Path.Combine(AppContext.BaseDirectory, "scheduler.dll"),
                    source,
                    Store("target.db"),
                ]
        )
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Wait.Patience);
            await process.WaitForExitAsync();
            Assert.Equal("imported revision 5 as revision 4294967301: 1,200 LRPs, 1 lock\n", output);
            Assert.StartsWith("exported revision 5: 1,200 LRPs, 1 lock", await error, StringComparison.Ordinal);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        Assert.Equal(1200, (await LoadAsync(Store("target.db"))).DesiredLrps.Count);
    }

    private string Store(string file) => $"sqlite:{Path.Combine(_directory, file)}";

    private async Task<string> FilledStoreAsync(string file)
    {
        await using var store = Open(Store(file));
        var epoch = (await store.AcquireLeadershipAsync("node-a", "", TimeSpan.FromSeconds(15), default)).Epoch;
        await store.MigrateAsync(epoch, default);
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 5,
                DesiredLrps = new([.. Enumerable.Range(0, 1200).Select(i => new DesiredLRP { ProcessGuid = $"web-{i}" })], []),
                Locks = new([new LockRow("auctioneer", "run-1", "http://a", 15_000)], []),
            },
            default
        );
        await store.ReleaseLeadershipAsync(epoch, default);
        return Store(file);
    }

    private static async Task<RecordingReader> LoadAsync(string text)
    {
        await using var store = Open(text);
        return await RecordingReader.LoadAsync(store);
    }

    private static IPortableStore Open(string text) =>
        StoreSetup.Open(text, StorageKeys.None, TimeProvider.System, NullLoggerFactory.Instance);
}
