using System.Security.Cryptography;
using System.Text;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Transfers.Archives;
using Scheduler.Rep.Transfers.Web;

namespace Scheduler.Rep.Transfers.Cache;

internal enum CachedAs
{
    /// <summary>As downloaded.</summary>
    File,

    /// <summary>Unpacked, to be mounted into containers.</summary>
    Directory,
}

/// <param name="Key">Name given by the client; empty: not to be cached.</param>
internal sealed record CacheRequest(CachedAs Form, string Key, Source Source);

/// <summary>
/// The cell's downloads. What is cached is used again only if its server says that it has not changed. Concurrent requests for the same
/// thing share one download, and its failure.
/// </summary>
internal sealed class DownloadCache(CacheShelf shelf, Fetcher fetcher, TransferOptions options, TransferSlots slots, Func<Guid> newGuid)
{
    /// <summary>Of a dependency that is a single file, such as a program.</summary>
    private const int ProgramMode = 0b111_101_101;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Flight> _flights = new(StringComparer.Ordinal);

    /// <exception cref="TransferException">The download failed.</exception>
    public async Task<Held> GetAsync(CacheRequest request, CancellationToken cancellation)
    {
        if (request.Key.Length == 0)
            return await RefreshAsync(request, null, cancellation);
        var key = KeyOf(request);
        while (true)
        {
            Flight flight;
            var isMine = false;
            lock (_lock)
            {
                if (!_flights.TryGetValue(key, out flight!))
                {
                    isMine = true;
                    _flights.Add(key, flight = new Flight(request.Source));
                }
            }

            if (isMine)
                return await LeadAsync(flight, request, key, cancellation);
            await flight.Ended.WaitAsync(cancellation);
            if (!flight.Source.IsSame(request.Source))
                continue; // the same key for something else
            if (flight.Failure is { } failure)
                throw new TransferException(failure.Message, failure) { MayPass = failure.MayPass, IsPermanent = failure.IsPermanent };
            if (flight.Entry is { } name && shelf.HoldByName(name) is { } held)
                return held;
            // The other request was cancelled, or the entry is gone already.
        }
    }

    private async Task<Held> LeadAsync(Flight flight, CacheRequest request, string key, CancellationToken cancellation)
    {
        try
        {
            var held = await RefreshAsync(request, key, cancellation);
            flight.Entry = held.Facts.Name;
            return held;
        }
        catch (TransferException failure)
        {
            flight.Failure = failure;
            throw;
        }
        finally
        {
            lock (_lock)
                _flights.Remove(key);
            flight.End();
        }
    }

    private static string KeyOf(CacheRequest request) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Form}\n{request.Key}")));

    private async Task<Held> RefreshAsync(CacheRequest request, string? key, CancellationToken cancellation)
    {
        using var turn = await slots.DownloadAsync(cancellation);
        var current = key is null ? null : shelf.Find(key);
        if (current?.Facts.Answers(request.Source) == false)
        {
            current.Dispose();
            current = null;
        }

        var partial = shelf.NewPartial();
        try
        {
            using var room = shelf.Reserve();
            var archive = Path.Combine(partial, "download");
            if (await FetchAsync(request.Source, current, archive, room, cancellation) is not { } fetched)
            {
                shelf.Touch(current!);
                var kept = current!;
                current = null;
                return kept;
            }

            var content = CacheShelf.ContentOf(partial);
            var disk = fetched.Bytes;
            if (request.Form == CachedAs.File)
                File.Move(archive, content);
            else
            {
                disk = await UnpackAsync(request.Source, archive, content, room, fetched.Bytes, cancellation);
                File.Delete(archive);
            }

            return shelf.Publish(
                new EntryFacts
                {
                    Name = newGuid().ToString("N"),
                    Key = fetched.Validators.Exist ? key : null,
                    Origin = request.Source.Origin,
                    Validators = fetched.Validators,
                    Downloaded = fetched.Bytes,
                    Disk = disk,
                    Digests = fetched.Digests,
                },
                partial,
                room
            );
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw LocalFiles.Failed(failure);
        }
        finally
        {
            current?.Dispose();
            FileTree.Remove(partial);
        }
    }

    /// <summary>Null: what is cached is current.</summary>
    private async Task<Fetched?> FetchAsync(Source source, Held? current, string path, CacheShelf.Room room, CancellationToken cancellation)
    {
        try
        {
            var fetched = await fetcher.FetchAsync(source, current?.Facts.Validators, path, room.GrowTo, cancellation);
            return fetched.Unchanged ? null : fetched;
        }
        catch (TransferException failure) when (failure.MayPass && current is not null && source.Checksum is not null)
        {
            // The server is away, and what it would send is known to be this.
            return null;
        }
    }

    private async Task<long> UnpackAsync(
        Source source,
        string archive,
        string content,
        CacheShelf.Room room,
        long downloaded,
        CancellationToken cancellation
    )
    {
        Directory.CreateDirectory(content);
        const UnixFileMode usable =
            UnixFileMode.UserRead
            | UnixFileMode.UserWrite
            | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead
            | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead
            | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(content, usable);
        var limits = new UnpackLimits(
            options.MaxUnpackedBytes,
            options.MaxUnpackedEntries,
            // The archive is still there.
            bytes => room.GrowTo(downloaded + bytes)
        );
        return await Unpacking.RunAsync(
            archive,
            _ => new UnpackPlace(OpenDirectory.Open(content), source.FileName),
            null,
            limits,
            ProgramMode,
            cancellation
        );
    }

    private sealed class Flight(Source source)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Source Source => source;

        public Task Ended => _ended.Task;

        /// <summary>Null after a failure, and if the download was cancelled.</summary>
        public string? Entry { get; set; }

        public TransferException? Failure { get; set; }

        public void End() => _ended.SetResult();
    }
}
