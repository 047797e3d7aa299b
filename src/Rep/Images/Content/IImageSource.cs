namespace Scheduler.Rep.Images.Content;

/// <summary>The source of one image's documents and layers.</summary>
internal interface IImageSource
{
    /// <exception cref="Models.DomainException">The image does not exist, or its documents are invalid.</exception>
    Task<ImageManifest> ReadAsync(CancellationToken cancellation);

    /// <summary>Announces the layers that will be opened, so that a slow source can begin to fetch all of them.</summary>
    void Expect(IReadOnlyList<ImageLayer> layers) { }

    /// <summary>Returns once a layer can be opened without waiting for a network.</summary>
    Task ReadyAsync(ImageLayer layer, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>A layer as stored, compressed or not. Its content must not be relied on before the stream is verified at its end.</summary>
    Task<VerifiedStream> OpenLayerAsync(ImageLayer layer, CancellationToken cancellation);
}
