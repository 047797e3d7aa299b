using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;

namespace Scheduler.Tests.Unit.Rep.Journal;

public sealed class FileJournalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("journal-").FullName;
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Everything_written_is_found_again()
    {
        var entry = Entry("a") with
        {
            IsTask = true,
            Created = true,
            RunningSince = _time.GetUtcNow(),
            StopRequestedAt = _time.GetUtcNow().AddSeconds(1),
            Unreported = true,
            Ending = new Ending(2, "why", _time.GetUtcNow()),
            Outcome = new Outcome
            {
                Failed = true,
                Reason = "reason",
                Retryable = true,
                Stopped = true,
                Result = "result",
            },
            InternalRoutes = ["a.internal"],
            MetricTags = new Dictionary<string, string> { ["k"] = "v" },
            Notes = new Dictionary<string, long> { ["action.start"] = 42 },
        };
        using (var journal = Open())
        {
            await journal.OpenAsync(default);
            await journal.SaveAsync(Entry("a"), default);
            await journal.SaveAsync(entry, default);
            await journal.SaveAsync(Entry("b"), default);
            await journal.RemoveAsync("b", default);
            await journal.RemoveAsync("unknown", default);
        }

        using var next = Open();
        var found = Assert.Single((await next.OpenAsync(default)).Entries);

        Assert.Equivalent(entry, found, strict: true);
    }

    [Fact]
    public async Task The_owner_stays_and_the_incarnation_grows_even_when_the_clock_goes_back()
    {
        using var first = Open();
        var before = await first.OpenAsync(default);
        first.Dispose();
        using var second = new FileJournal(
            _directory,
            new FakeTimeProvider(_time.GetUtcNow().AddYears(-1)),
            Guid.NewGuid,
            () => 1,
            NullLogger<FileJournal>.Instance
        );
        var after = await second.OpenAsync(default);

        Assert.Equal(before.Owner, after.Owner);
        Assert.Equal(before.Incarnation + 1, after.Incarnation);
    }

    [Fact]
    public async Task The_disk_is_measured_when_the_cell_is_empty()
    {
        using (var journal = Open(freeDiskMb: 100))
        {
            Assert.Equal(100, (await journal.OpenAsync(default)).DiskMb);
            await journal.SaveAsync(Entry("a"), default);
        }

        using (var journal = Open(freeDiskMb: 40))
        {
            Assert.Equal(100, (await journal.OpenAsync(default)).DiskMb);
            await journal.RemoveAsync("a", default);
        }

        using var last = Open(freeDiskMb: 80);
        Assert.Equal(80, (await last.OpenAsync(default)).DiskMb);
    }

    [Fact]
    public async Task Two_reps_cannot_have_one_directory()
    {
        using var first = Open();
        await first.OpenAsync(default);
        using var second = Open();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => second.OpenAsync(default));
        Assert.Contains("in use by another rep", refusal.Message);
    }

    [Fact]
    public async Task A_torn_file_is_passed_over()
    {
        using (var journal = Open())
        {
            await journal.OpenAsync(default);
            await journal.SaveAsync(Entry("a"), default);
            await journal.SaveAsync(Entry("b"), default);
        }

        var torn = Path.Combine(_directory, "containers", "a.json");
        await File.WriteAllTextAsync(torn, (await File.ReadAllTextAsync(torn))[..20]);
        using var next = Open();

        Assert.Equal("b", Assert.Single((await next.OpenAsync(default)).Entries).ContainerGuid);
    }

    [Fact]
    public async Task Only_its_owner_may_read_it()
    {
        using var journal = Open();
        await journal.OpenAsync(default);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory));
    }

    [Fact]
    public async Task Changes_of_one_container_are_written_in_their_order_and_a_full_disk_does_not_stop_it()
    {
        var disk = new SlowDisk();
        var failures = new List<Exception>();
        var journal = new ContainerJournal(disk, Entry("a"), failures.Add);
        var writes = Enumerable.Range(0, 5).Select(i => journal.NoteOnceAsync($"note.{i}", i)).ToList();
        disk.Full = true;
        var lost = journal.MarkAsync("lost", _time.GetUtcNow());
        disk.Release();
        await Task.WhenAll(writes);
        Assert.True(await lost);

        Assert.Equal([1, 2, 3, 4, 5], disk.Saved.Select(entry => entry.Notes.Count));
        Assert.Single(failures);
        Assert.True(journal.HasMark("lost"));
        Assert.False(await journal.MarkAsync("lost", _time.GetUtcNow()));
        Assert.Equal(3, await journal.NoteOnceAsync("note.3", 99));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private FileJournal Open(int freeDiskMb = 1) =>
        new(_directory, _time, Guid.NewGuid, () => freeDiskMb, NullLogger<FileJournal>.Instance);

    private static JournalEntry Entry(string guid) =>
        new()
        {
            ContainerGuid = guid,
            Domain = "d",
            Demand = new Demand("preloaded:linux", 1, 2, 3),
            Work = [1, 2, 3],
        };

    private sealed class SlowDisk : ICellJournal
    {
        private readonly TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<JournalEntry> Saved { get; } = [];

        public bool Full { get; set; }

        public void Release() => _free.SetResult();

        public Task<JournalContent> OpenAsync(CancellationToken cancellation) => throw new InvalidOperationException();

        public async Task SaveAsync(JournalEntry entry, CancellationToken cancellation)
        {
            await _free.Task;
            if (Full && entry.Notes.ContainsKey("lost"))
                throw new IOException("no space left");
            Saved.Add(entry);
        }

        public Task RemoveAsync(string containerGuid, CancellationToken cancellation) => Task.CompletedTask;
    }
}
