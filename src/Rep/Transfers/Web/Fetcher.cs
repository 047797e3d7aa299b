using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Scheduler.Rep.Transfers.Web;

/// <summary>What a server says of a resource, so that it can be asked later whether it changed. Any of them may be null.</summary>
internal sealed record Validators(string? ETag, string? LastModified)
{
    private const int Longest = 1_024;

    public static Validators Of(HttpResponseMessage response)
    {
        // Not as parsed: file servers are seen to send ETags without quotes, which have to be sent back as they came.
        var validators = new Validators(
            Header(response.Headers, "ETag"),
            response.Content is { } content ? Header(content.Headers, "Last-Modified") : null
        );
        return validators;
    }

    public bool Exist => ETag is not null || LastModified is not null;

    public void AddTo(HttpRequestHeaders headers)
    {
        if (ETag is not null)
            headers.TryAddWithoutValidation("If-None-Match", ETag);
        if (LastModified is not null)
            headers.TryAddWithoutValidation("If-Modified-Since", LastModified);
    }

    private static string? Header(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.ToString() is { Length: > 0 and <= Longest } value ? value : null;
}

/// <summary>Something to download.</summary>
/// <param name="Checksum">Null: anything that arrives completely is right.</param>
internal sealed record Source(Uri Url, Checksum? Checksum)
{
    /// <summary>The same address with the same credentials, and the same checksum.</summary>
    public bool IsSame(Source other) => Url.OriginalString == other.Url.OriginalString && Checksum == other.Checksum;

    /// <summary>
    /// Validators mean something only to the server that gave them: if another could confirm them, a client could read what others have cached
    /// by naming a server of its own.
    /// </summary>
    public string Origin =>
        Url.GetLeftPart(UriPartial.Authority) is var left && Url.UserInfo.Length > 0
            ? left.Replace($"{Url.UserInfo}@", "", StringComparison.Ordinal)
            : left;

    /// <summary>The name that the URL gives to the file, if it does.</summary>
    public string? FileName =>
        Uri.UnescapeDataString(Url.AbsolutePath[(Url.AbsolutePath.LastIndexOf('/') + 1)..]) is { Length: > 0 } name
        && name is not ("." or "..")
        && !name.Contains('/')
        && !name.Contains('\0')
            ? name
            : null;
}

/// <summary>How a download ended well.</summary>
/// <param name="Unchanged">What the validators describe is still current; nothing was written.</param>
/// <param name="Digests">Lower-case hexadecimal, by the names of <see cref="Checksum"/>.</param>
internal sealed record Fetched(bool Unchanged, long Bytes, Validators Validators, IReadOnlyDictionary<string, string> Digests);

/// <summary>Downloads files of a bounded size, in a bounded number of attempts and time.</summary>
internal sealed class Fetcher(FileServers servers, TransferOptions options, TransferMetrics metrics, TimeProvider time)
{
    private const string Sha256 = "sha256";
    private const int BufferSize = 128 << 10;

    /// <param name="known">Non-null: the server may answer that nothing changed since.</param>
    /// <param name="path">Created, or overwritten. After a failure the caller removes it.</param>
    /// <param name="grow">Called before more than so many bytes are written in all; throws if there is no room for them.</param>
    /// <exception cref="TransferException">The download failed.</exception>
    public async Task<Fetched> FetchAsync(Source source, Validators? known, string path, Action<long> grow, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        try
        {
            var fetched = await FetchInTimeAsync(source, known, path, grow, cancellation);
            metrics.Downloaded(time.GetElapsedTime(began), fetched.Bytes);
            return fetched;
        }
        catch (TransferException)
        {
            metrics.DownloadFailed(time.GetElapsedTime(began));
            throw;
        }
    }

    private async Task<Fetched> FetchInTimeAsync(
        Source source,
        Validators? known,
        string path,
        Action<long> grow,
        CancellationToken cancellation
    )
    {
        using var limit = new CancellationTokenSource(options.TransferTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            for (var failures = 1; ; failures++)
            {
                try
                {
                    return await FetchOnceAsync(source, known, path, grow, either.Token);
                }
                catch (TransferException failure) when (failure.MayPass && failures < options.DownloadAttempts)
                {
                    await Task.Delay(options.Pause(failures), time, either.Token);
                }
            }
        }
        catch (OperationCanceledException failure) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw TransferException.Passing($"it took longer than {Steps.GoDuration.Format(options.TransferTimeout)}", failure);
        }
    }

    private async Task<Fetched> FetchOnceAsync(
        Source source,
        Validators? known,
        string path,
        Action<long> grow,
        CancellationToken cancellation
    )
    {
        using var patience = new Patience(options.TransferIdleTimeout, time, cancellation);
        try
        {
            using var response = await servers.GetAsync(source.Url, headers => known?.AddTo(headers), patience.Token);
            if (response.StatusCode == HttpStatusCode.NotModified)
                return known is not null
                    ? new Fetched(true, 0, known, new Dictionary<string, string>())
                    : throw TransferException.Permanent("the server says that nothing has changed, without being asked");
            Check(response);
            return await ReadAsync(response, source, path, grow, patience);
        }
        catch (OperationCanceledException failure) when (patience.RanOut && !cancellation.IsCancellationRequested)
        {
            throw TransferException.Passing($"the server sent nothing for {Steps.GoDuration.Format(options.TransferIdleTimeout)}", failure);
        }
    }

    private void Check(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
            throw FailureOf(response.StatusCode);
        if (response.Content.Headers.ContentLength > options.MaxDownloadBytes)
            throw TooLarge();
    }

    /// <summary>The failure that a status tells of.</summary>
    public static TransferException FailureOf(HttpStatusCode status) =>
        new($"the server answered with status {(int)status}")
        {
            MayPass = (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests,
        };

    private TransferException TooLarge() => TransferException.Permanent($"it is larger than {options.MaxDownloadBytes} bytes");

    private async Task<Fetched> ReadAsync(HttpResponseMessage response, Source source, string path, Action<long> grow, Patience patience)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var asked = source.Checksum is { Algorithm: not Sha256 } other ? IncrementalHash.CreateHash(other.HashName) : null;
        await using var file = new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
            }
        );
        if (response.Content.Headers.ContentLength is { } announced)
            grow(announced);
        await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
        var buffer = new byte[BufferSize];
        var bytes = 0L;
        while (await ReadAsync(body, buffer, patience) is > 0 and var read)
        {
            bytes += read;
            if (bytes > options.MaxDownloadBytes)
                throw TooLarge();
            grow(bytes);
            sha256.AppendData(buffer, 0, read);
            asked?.AppendData(buffer, 0, read);
            await LocalFiles.WriteAsync(file, buffer.AsMemory(0, read), patience.Token);
        }

        var digests = new Dictionary<string, string> { [Sha256] = Convert.ToHexStringLower(sha256.GetHashAndReset()) };
        if (asked is not null)
            digests[source.Checksum!.Algorithm] = Convert.ToHexStringLower(asked.GetHashAndReset());
        if (source.Checksum is { } wanted && digests[wanted.Algorithm] != wanted.Value)
            throw TransferException.Permanent($"its {wanted.Algorithm} checksum is {digests[wanted.Algorithm]}, not {wanted.Value}");
        return new Fetched(false, bytes, Validators.Of(response), digests);
    }

    private static async Task<int> ReadAsync(Stream body, byte[] buffer, Patience patience)
    {
        try
        {
            var read = await body.ReadAsync(buffer, patience.Token);
            patience.Renew();
            return read;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw FileServers.InWords(failure);
        }
    }
}
