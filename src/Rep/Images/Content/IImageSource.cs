namespace Scheduler.Rep.Images.Content;

/// <summary>Where the documents and layers of one image come from.</summary>
internal interface IImageSource
{
    /// <exception cref="Models.DomainException">There is no such image, or its documents are bad.</exception>
    Task<ImageManifest> ReadAsync(CancellationToken cancellation);

    /// <summary>Says which layers will be opened, so that a source that takes its time can begin with all of them.</summary>
    void Expect(IReadOnlyList<ImageLayer> layers)
    {
    }

    /// <summary>A layer as it is stored, compressed or not. What was read of it counts only when the stream is proven at its end.</summary>
    Task<VerifiedStream> OpenLayerAsync(ImageLayer layer, CancellationToken cancellation);
}
