using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Transfers.Web;

/// <summary>
/// Uploads files of a bounded size, in a bounded number of attempts and time. The file is read twice, for its digests and to be sent, and
/// never held in memory.
/// </summary>
internal sealed class Uploader(FileServers servers, TransferOptions options, TransferMetrics metrics, TimeProvider time)
{
    private const int BufferSize = 128 << 10;

    /// <returns>Its size.</returns>
    /// <exception cref="TransferException">The upload failed.</exception>
    public async Task<long> UploadAsync(SafeFileHandle file, Uri url, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        try
        {
            var bytes = await UploadInTimeAsync(file, url, cancellation);
            metrics.Uploaded(time.GetElapsedTime(began), bytes);
            return bytes;
        }
        catch (TransferException)
        {
            metrics.UploadFailed(time.GetElapsedTime(began));
            throw;
        }
    }

    private async Task<long> UploadInTimeAsync(SafeFileHandle file, Uri url, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(options.TransferTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            var digests = await DigestAsync(file, either.Token);
            for (var failures = 1; ; failures++)
            {
                try
                {
                    await SendAsync(file, digests, url, either.Token);
                    return digests.Length;
                }
                catch (TransferException failure) when (failure.MayPass && failures < options.UploadAttempts)
                {
                    await Task.Delay(options.Pause(failures), time, either.Token);
                }
            }
        }
        catch (OperationCanceledException failure) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw TransferException.Passing($"it took longer than {GoDuration.Format(options.TransferTimeout)}", failure);
        }
    }

    private async Task<FileDigests> DigestAsync(SafeFileHandle file, CancellationToken cancellation)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        var length = 0L;
        while (await RandomAccess.ReadAsync(file, buffer, length, cancellation) is > 0 and var read)
        {
            length += read;
            if (length > options.MaxUploadBytes)
                throw TransferException.Permanent($"it is larger than {options.MaxUploadBytes} bytes");
            md5.AppendData(buffer, 0, read);
            sha256.AppendData(buffer, 0, read);
        }

        return new FileDigests(length, md5.GetHashAndReset(), sha256.GetHashAndReset());
    }

    private async Task SendAsync(SafeFileHandle file, FileDigests digests, Uri url, CancellationToken cancellation)
    {
        using var patience = new Patience(options.TransferIdleTimeout, time, cancellation);
        using var content = new FileContent(file, digests, patience);
        try
        {
            using var response = await servers.PostAsync(url, content, patience.Token);
            if (!response.IsSuccessStatusCode)
                throw Fetcher.FailureOf(response.StatusCode);
        }
        catch (OperationCanceledException failure) when (patience.RanOut && !cancellation.IsCancellationRequested)
        {
            throw TransferException.Passing($"the server took nothing for {GoDuration.Format(options.TransferIdleTimeout)}", failure);
        }
    }

    private sealed record FileDigests(long Length, byte[] Md5, byte[] Sha256);

    /// <summary>The file as the body of a request, with its digests in the headers.</summary>
    private sealed class FileContent : HttpContent
    {
        private readonly SafeFileHandle _file;
        private readonly FileDigests _digests;
        private readonly Patience _patience;

        public FileContent(SafeFileHandle file, FileDigests digests, Patience patience)
        {
            (_file, _digests, _patience) = (file, digests, patience);
            Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            Headers.ContentMD5 = digests.Md5;
            Headers.Add("Content-Digest", $"sha-256=:{Convert.ToBase64String(digests.Sha256)}:");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _digests.Length;
            return true;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, _patience.Token);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[BufferSize];
            var sent = 0L;
            while (sent < _digests.Length)
            {
                var wanted = (int)Math.Min(buffer.Length, _digests.Length - sent);
                var read = await RandomAccess.ReadAsync(_file, buffer.AsMemory(0, wanted), sent, cancellationToken);
                if (read == 0)
                    throw Changed();
                sha256.AppendData(buffer, 0, read);
                sent += read;
                // Before the last piece, so that no server takes a changed file for a complete one.
                if (sent == _digests.Length && !sha256.GetHashAndReset().AsSpan().SequenceEqual(_digests.Sha256))
                    throw Changed();
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                _patience.Renew();
            }

            _patience.Stop();
        }

        private static TransferException Changed() => new("the file changed while it was uploaded");
    }
}
